#include "billiard_core/process/child/preparation.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "billiard_core/base/status.h"

namespace billiard::process {
namespace {

constexpr uint32_t kVersion = 0x42500003;

class Writer {
 public:
  void Number(uint64_t number) {
    bytes_.append(reinterpret_cast<const char*>(&number), sizeof number);
  }
  void Text(absl::string_view text) {
    Number(text.size());
    bytes_.append(text.data(), text.size());
  }
  void Texts(const std::vector<std::string>& texts) {
    Number(texts.size());
    for (const std::string& text : texts) Text(text);
  }
  std::string Take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

// Everything is 0 or empty after the first thing that was not there.
class Reader {
 public:
  explicit Reader(absl::string_view bytes) : rest_(bytes) {}

  uint64_t Number() {
    uint64_t number = 0;
    const absl::string_view bytes = Bytes(sizeof number);
    if (bytes.size() == sizeof number) memcpy(&number, bytes.data(), sizeof number);
    return number;
  }
  std::string Text() {
    const uint64_t size = Number();
    return std::string(Bytes(size));
  }
  std::vector<std::string> Texts() {
    std::vector<std::string> texts(Count());
    for (std::string& text : texts) text = Text();
    return texts;
  }
  // How many elements follow, of at least 8 bytes each.
  uint64_t Count() {
    const uint64_t count = Number();
    if (count <= rest_.size() / sizeof(uint64_t)) return count;
    whole_ = false;
    return 0;
  }
  bool ReadAll() const { return whole_ && rest_.empty(); }

 private:
  absl::string_view Bytes(uint64_t size) {
    if (!whole_ || size > rest_.size()) {
      whole_ = false;
      return "";
    }
    const absl::string_view bytes = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return bytes;
  }

  absl::string_view rest_;
  bool whole_ = true;
};

}  // namespace

std::string Encode(const Preparation& preparation) {
  Writer writer;
  writer.Number(kVersion);
  writer.Text(preparation.facts.name);
  writer.Number(preparation.facts.identity.size());
  for (const uint32_t part : preparation.facts.identity) writer.Number(part);
  writer.Number(preparation.facts.daemon);
  writer.Text(preparation.facts.authkey);
  writer.Number(static_cast<uint64_t>(preparation.facts.parent_pid));
  writer.Text(preparation.facts.parent_name);
  writer.Number(static_cast<uint64_t>(preparation.method));
  writer.Number(preparation.is_server);
  writer.Text(preparation.folder);
  writer.Texts(preparation.executable);
  writer.Texts(preparation.preload);
  writer.Text(preparation.entry);
  writer.Text(preparation.data);
  writer.Number(static_cast<uint64_t>(preparation.logging.sink));
  writer.Number(static_cast<uint64_t>(preparation.logging.level));
  writer.Text(preparation.logging.path);
  writer.Text(preparation.logging.format);
  writer.Text(preparation.logging.name);
  writer.Number(preparation.caller_fds);
  return writer.Take();
}

absl::StatusOr<Preparation> Decode(absl::string_view bytes) {
  Reader reader(bytes);
  Preparation read;
  const bool known = reader.Number() == kVersion;
  read.facts.name = reader.Text();
  read.facts.identity.resize(reader.Count());
  for (uint32_t& part : read.facts.identity) part = static_cast<uint32_t>(reader.Number());
  read.facts.daemon = reader.Number() != 0;
  read.facts.authkey = reader.Text();
  read.facts.parent_pid = static_cast<pid_t>(reader.Number());
  read.facts.parent_name = reader.Text();
  const uint64_t method = reader.Number();
  read.method = static_cast<StartMethod>(method);
  read.is_server = reader.Number() != 0;
  read.folder = reader.Text();
  read.executable = reader.Texts();
  read.preload = reader.Texts();
  read.entry = reader.Text();
  read.data = reader.Text();
  const uint64_t sink = reader.Number();
  read.logging.sink = static_cast<logging::Sink>(sink);
  read.logging.level = static_cast<int>(reader.Number());
  read.logging.path = reader.Text();
  read.logging.format = reader.Text();
  read.logging.name = reader.Text();
  read.caller_fds = static_cast<uint32_t>(reader.Number());
  const bool in_range = method <= static_cast<uint64_t>(StartMethod::kForkServer) &&
                        sink <= static_cast<uint64_t>(logging::Sink::kDescriptor);
  if (known && reader.ReadAll() && in_range) return read;
  return MakeStatus(Code::kCorrupt, "what the starter sent is damaged or of another version");
}

absl::StatusOr<LibraryFd> WriteToFile(const Preparation& preparation) {
  absl::StatusOr<LibraryFd> file = LibraryFd::Make([]() -> absl::StatusOr<os::Fd> {
    os::Fd fd(memfd_create("billiard-start", MFD_CLOEXEC));
    if (!fd.valid()) return OsStatus(errno, "memfd_create");
    return fd;
  });
  if (!file.ok()) return file;
  const std::string bytes = Encode(preparation);
  for (size_t done = 0; done < bytes.size();) {
    const ssize_t wrote = write(file->get(), bytes.data() + done, bytes.size() - done);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return OsStatus(errno, "can not write what the child needs");
    done += static_cast<size_t>(wrote);
  }
  return file;
}

absl::StatusOr<Preparation> ReadFromFile(int fd) {
  struct stat file;
  if (fstat(fd, &file) != 0 || !S_ISREG(file.st_mode)) return Decode("");
  std::string bytes(static_cast<size_t>(file.st_size), '\0');
  for (size_t done = 0; done < bytes.size();) {
    const ssize_t got =
        pread(fd, bytes.data() + done, bytes.size() - done, static_cast<off_t>(done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return Decode("");
    done += static_cast<size_t>(got);
  }
  return Decode(bytes);
}

}  // namespace billiard::process
