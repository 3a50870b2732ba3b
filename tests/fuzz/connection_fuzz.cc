#include "tests/fuzz/connection_fuzz.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "billiard_core/base/status.h"
#include "billiard_core/connection/frame_reader.h"
#include "billiard_core/connection/handshake.h"

namespace billiard::fuzz {
namespace {

using connection::Bytes;
using connection::FrameReader;
using connection::Handshake;
using connection::Side;
using Progress = FrameReader::Progress;

constexpr uint32_t kMaxMessage = 1 << 20;

void Promise(bool kept, const char* what) {
  if (kept) return;
  fprintf(stderr, "broken: %s\n", what);
  abort();
}

// Gives out `bytes` in pieces of up to `largest`, with a pause before each.
class Pieces {
 public:
  Pieces(const uint8_t* bytes, size_t size, size_t largest)
      : bytes_(bytes), size_(size), largest_(largest) {}

  ssize_t Read(void* data, size_t wanted) {
    pause_ = !pause_;
    if (pause_) return -EAGAIN;
    const size_t given = std::min({wanted, size_ - at_, largest_});
    if (given > 0) memcpy(data, bytes_ + at_, given);
    at_ += given;
    return static_cast<ssize_t>(given);
  }
  size_t at() const { return at_; }

 private:
  const uint8_t* const bytes_;
  const size_t size_;
  const size_t largest_;
  size_t at_ = 0;
  bool pause_ = false;
};

// The messages, and how the stream ended: a Code, kEndOfStream at a boundary.
struct Heard {
  std::vector<std::string> messages;
  Code end = Code::kOk;
};

Heard HearInPieces(const uint8_t* data, size_t size, size_t largest) {
  Pieces pieces(data, size, largest);
  const auto source = [&](void* to, size_t wanted) { return pieces.Read(to, wanted); };
  FrameReader reader(kMaxMessage);
  Heard heard;
  for (;;) {
    absl::StatusOr<Progress> progress = reader.ReadHeader(source);
    Bytes message;
    if (progress.ok() && *progress == Progress::kDone) {
      Promise(reader.length() <= kMaxMessage, "a length is within its limit");
      progress = reader.ReadBody(source, &message);
      if (progress.ok() && *progress == Progress::kDone) {
        Promise(message.room() <= std::max<size_t>(2 * message.size(), 128 * 1024),
                "memory follows the bytes that came");
        heard.messages.emplace_back(message.view());
        continue;
      }
    }
    if (!progress.ok()) {
      heard.end = CodeOf(progress.status());
      return heard;
    }
    if (*progress == Progress::kEndOfStream) {
      Promise(pieces.at() == size, "the end is at the end");
      heard.end = Code::kEndOfStream;
      return heard;
    }
  }
}

// The same, by the words of CONN-20 alone.
Heard HearAsSpecified(const uint8_t* data, size_t size) {
  Heard heard;
  for (size_t at = 0;;) {
    if (at == size) heard.end = Code::kEndOfStream;
    if (size - at < 4) {
      if (at < size) heard.end = Code::kOs;
      return heard;
    }
    const uint32_t length = static_cast<uint32_t>(data[at]) << 24 | data[at + 1] << 16 |
                            data[at + 2] << 8 | data[at + 3];
    if ((length & 0x80000000u) != 0) heard.end = Code::kCorrupt;
    if ((length & 0x80000000u) == 0 && length > kMaxMessage) heard.end = Code::kTooLarge;
    if (heard.end == Code::kOk && length > size - at - 4) heard.end = Code::kOs;
    if (heard.end != Code::kOk) return heard;
    heard.messages.emplace_back(reinterpret_cast<const char*>(data) + at + 4, length);
    at += 4 + length;
  }
}

}  // namespace

void ReadFrames(const uint8_t* data, size_t size) {
  if (size == 0) return;
  const Heard pieces = HearInPieces(data + 1, size - 1, 1 + data[0]);
  const Heard specified = HearAsSpecified(data + 1, size - 1);
  Promise(pieces.messages == specified.messages, "pieces do not change the messages");
  Promise(pieces.end == specified.end, "pieces do not change the end");
}

void PlayHandshake(const uint8_t* data, size_t size) {
  if (size == 0) return;
  const Side side = data[0] % 2 == 0 ? Side::kListener : Side::kClient;
  std::string reply;
  absl::StatusOr<Handshake> handshake = Handshake::Begin(side, "the key", &reply);
  Promise(handshake.ok(), "a handshake begins");
  for (size_t at = 1; at < size;) {
    const size_t length = std::min<size_t>(data[at], size - at - 1);
    const absl::Status status = handshake->Step(
        absl::string_view(reinterpret_cast<const char*>(data) + at + 1, length), &reply);
    Promise(!handshake->done(), "nobody is convinced without the key");
    Promise(reply.size() <= connection::kMaxHandshakeMessage, "replies are short");
    const bool answers = reply.size() > 8 && reply.compare(0, 8, "{sha256}") == 0;
    Promise(!answers || side == Side::kClient, "a listener answers nobody who proved nothing");
    if (!status.ok()) {
      Promise(CodeOf(status) == Code::kAuthentication, "a failure is one of authentication");
      return;
    }
    at += 1 + length;
  }
}

void Play(const uint8_t* data, size_t size) {
  if (size == 0) return;
  if (data[0] % 2 == 0) {
    ReadFrames(data + 1, size - 1);
  } else {
    PlayHandshake(data + 1, size - 1);
  }
}

}  // namespace billiard::fuzz
