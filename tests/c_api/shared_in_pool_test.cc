// Shared objects in the workers of a pool.
#include <cstring>
#include <string>

#include "billiard/bp.h"
#include "gtest/gtest.h"
#include "tests/c_api/pool_fixture.h"

namespace billiard {
namespace {

class SharedInPoolTest : public PoolFixture {
 protected:
  // Task "add": adds 1 to the value whose id its 8 bytes are.
  static int AddTask(bp_job* job, void*) {
    uint64_t id;
    memcpy(&id, bp_job_payload(job).data, sizeof id);
    bp_value* value = nullptr;
    int64_t before = 0;
    const bool added = bp_value_attach(nullptr, id, &value, nullptr) == BP_OK &&
                       bp_value_fetch_add(value, 0, 1, &before, nullptr) == BP_OK;
    bp_value_release(value);
    if (!added) return 1;
    return bp_job_reply(job, "", 0, BP_FORMAT_RAW, nullptr) == BP_OK ? 0 : 1;
  }
};

// SHM-36, G-SHM-1: the template was forked before the host made anything to share.
TEST_F(SharedInPoolTest, WorkersReachWhatWasMadeAfterThePool) {
  ASSERT_EQ(bp_task_register("add", AddTask, nullptr, nullptr), BP_OK);
  Double("x");
  bp_value* value = nullptr;
  const int64_t initial = 41;
  ASSERT_EQ(bp_value_create("q", &initial, sizeof initial, nullptr, &value, nullptr), BP_OK);
  const uint64_t id = bp_value_id(value);
  bp_result* const result =
      Submit("add", std::string(reinterpret_cast<const char*>(&id), sizeof id));
  bp_view nothing = {};
  EXPECT_EQ(bp_result_get(result, BP_FOREVER, nullptr, &nothing, nullptr), BP_OK);
  bp_result_release(result);
  int64_t now = 0;
  EXPECT_EQ(bp_value_get_int(value, 0, &now, nullptr), BP_OK);
  EXPECT_EQ(now, 42);
  bp_value_release(value);
}

}  // namespace
}  // namespace billiard
