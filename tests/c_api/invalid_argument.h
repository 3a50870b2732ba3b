// Says that a call was refused because of one argument, and names it.
#ifndef BILLIARD_TESTS_C_API_INVALID_ARGUMENT_H_
#define BILLIARD_TESTS_C_API_INVALID_ARGUMENT_H_

#include <string>

#include "billiard/bp.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace billiard {

// `call` is a function of bp_error** that returns a bp_status.
template <typename Call>
void ExpectInvalid(Call call, const std::string& argument) {
  SCOPED_TRACE(argument);
  bp_error* error = nullptr;
  EXPECT_EQ(call(&error), BP_INVALID);
  EXPECT_EQ(bp_error_status(error), BP_INVALID);
  EXPECT_THAT(bp_error_message(error), testing::HasSubstr(argument));
  bp_error_release(error);
  EXPECT_EQ(call(nullptr), BP_INVALID) << "without an error to be filled";
}

}  // namespace billiard

#endif  // BILLIARD_TESTS_C_API_INVALID_ARGUMENT_H_
