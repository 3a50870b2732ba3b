// A folder that stands for "/", with files of the kernel in it: os::OomKills and pools can be pointed there.
#ifndef BILLIARD_TESTS_SUPPORT_FAKE_SYSTEM_H_
#define BILLIARD_TESTS_SUPPORT_FAKE_SYSTEM_H_

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace billiard::testing {

class FakeSystem {
 public:
  FakeSystem() {
    const char* folder = getenv("TEST_TMPDIR");
    root_ = std::string(folder == nullptr ? "/tmp" : folder) + "/system-XXXXXX";
    if (mkdtemp(root_.data()) == nullptr) abort();
  }
  ~FakeSystem() { std::filesystem::remove_all(root_); }
  FakeSystem(const FakeSystem&) = delete;
  FakeSystem& operator=(const FakeSystem&) = delete;

  const std::string& root() const { return root_; }

  // Makes the file, or replaces it at once.
  void Write(const std::string& path, const std::string& text) const {
    const std::filesystem::path file = root_ + path;
    std::filesystem::create_directories(file.parent_path());
    const std::string fresh = file.string() + ".new";
    std::ofstream(fresh) << text;
    std::filesystem::rename(fresh, file);
  }

 private:
  std::string root_;
};

}  // namespace billiard::testing

#endif  // BILLIARD_TESTS_SUPPORT_FAKE_SYSTEM_H_
