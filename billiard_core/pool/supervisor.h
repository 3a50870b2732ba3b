// The one supervisor of a pool (design D5): starts workers through the template, learns how they end,
// decides what becomes of their jobs, and carries close and terminate through. A thread of the host that
// sleeps in epoll and wakes at most once a second while nothing happens; in event-loop mode no thread,
// but whoever calls Turn() (event_loop.h). It installs no signal handler and never waits for a child.
//
// All members belong to that thread once it runs, but for Poke().
#ifndef BILLIARD_CORE_POOL_SUPERVISOR_H_
#define BILLIARD_CORE_POOL_SUPERVISOR_H_

#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "billiard_core/base/deadline.h"
#include "billiard_core/os/fd.h"
#include "billiard_core/pool/host_pool.h"
#include "billiard_core/pool/job_limits.h"
#include "billiard_core/pool/oom_watch.h"
#include "billiard_core/pool/restart_limiter.h"
#include "billiard_core/process/template.h"

namespace billiard::pool {

// How long a killed process may take to be gone, before it is killed again.
inline constexpr int64_t kKillAgain = 100 * kNanosPerMilli;

class Supervisor {
 public:
  // Starts the template (in the caller's thread: it may fork) and then the thread, which starts the
  // workers. In event-loop mode the first turn starts them.
  static absl::StatusOr<std::unique_ptr<Supervisor>> Start(std::shared_ptr<HostPool> host);

  // Waits for the thread, which ends with the pool.
  ~Supervisor();

  // For event-loop mode, one thread at a time. Waits until there is something to do, `most_ns` at the
  // longest, and does it.
  void Turn(int64_t most_ns);
  // When Turn is to be called at the latest; earlier, when epoll_fd() is readable.
  int64_t NextTurn() const;
  int epoll_fd() const { return epoll_.get(); }
  bool ended() const { return ended_; }

  // Makes the thread look at what the pool was asked to do. Any thread.
  void Poke();

  // A new template of the pool, made in the caller's thread: it may fork.
  static absl::StatusOr<std::unique_ptr<process::Template>> MakeTemplate(const HostPool& host);
  // Gives it to the supervisor, which moves the workers there. Any thread.
  void Adopt(std::unique_ptr<process::Template> made);

 private:
  // One place of the pool and the process at it.
  struct Place {
    enum class Life {
      kEmpty,
      kAsked,  // the template was asked for a process
      kAlive,
      kSeenDead,  // its pidfd says so; the template's word on its exit status is awaited
    };
    Life life = Life::kEmpty;
    WorkerId id;
    uint32_t group = 0;
    uint32_t home = 0;  // number of its template
    int32_t pid = 0;
    os::Fd pidfd;
    bool ready = false;     // this process
    bool leaving = false;   // this process was asked to leave
    bool replaces = false;  // the next process here takes the place of another,
    RestartReason reason = RestartReason::kLost;  // for this reason
    int boot_failures = 0;                        // in a row, at this place
    int64_t start_at_ns = 0;  // when the next process is started, after a pause; 0: no pause
    int64_t asked_ns = 0;
    int64_t dead_ns = 0;
    bool boot_timed_out = false;
    int64_t kill_at_ns = 0;        // when it gets SIGKILL; 0: not yet
    bool on_purpose = false;       // a limit or bp_pool_terminate_job ends this process
    int64_t leaving_since_ns = 0;  // it has said that it ends; 0: it has not
    uint64_t soft_told = 0;        // packed JobRef of the job that was told of its soft limit
    int64_t memory_look_ns = 0;    // when its memory is looked at next
    // The intent that was seen at the last tick, and since when without work being done on it, to find
    // a stopped worker.
    uint64_t held = 0;
    int64_t held_since_ns = 0;
    int64_t asks_since_ns = 0;  // its job waits for the host's answer; 0: it does not
  };

  // A job that a worker runs, as it was seen at one moment.
  struct RunningJob {
    JobRef job;
    JobWord word;
    uint64_t id = 0;
    int64_t soft_ns = 0;
    int64_t hard_ns = 0;
  };

  explicit Supervisor(std::shared_ptr<HostPool> host);

  // A template, the home of workers.
  struct Home {
    uint32_t number = 0;
    std::unique_ptr<process::Template> process;
    bool gone = false;
    bool shutdown_sent = false;
    int64_t kill_at_ns = 0;  // when it is killed if it has not ended; 0: not yet
  };

  // A template that was asked to end and has not after this is killed.
  static constexpr int64_t kTemplateGrace = 2 * kNanosPerSecond;

  // What an event is about: the tag and, below it, a home's number; without a tag a place.
  static constexpr uint64_t kControlTag = uint64_t{1} << 32;
  static constexpr uint64_t kChannelTag = uint64_t{2} << 32;
  static constexpr uint64_t kTemplateTag = uint64_t{4} << 32;
  static constexpr uint64_t kHomeTags = kChannelTag | kTemplateTag;

  static std::vector<process::TemplateCommand> Commands(const HostPool& host);
  static int ChildMain(int place, uint32_t incarnation, int group, void* context);

  void Loop();
  void Dispatch(uint64_t tag);
  bool Watch(int fd, uint32_t events, uint64_t tag);
  void Unwatch(int fd);

  // Workers.
  void StartPlace(Place* place);
  void OnStarted(Place* place, process::Template::Event event);
  void FindPidfd(Place* place);
  void OnPidfd(Place* place);
  void LookForOverdueExits();
  int64_t StatusDue(const Place& place) const;
  std::string NameOf(const Place& place) const;
  void LogExit(const Place& place, int32_t exit_status) const;
  // A line with this thread's role (POOL-149).
  static void LogError(absl::string_view what, absl::string_view text);
  void AnnounceWorker(EventKind kind, const Place& place, int32_t exit_status);
  void OnGone(Place* place, int32_t exit_status, const std::string& start_error);
  static RestartReason ReasonOf(const Place& place, int32_t exit_status);
  void LookForReadyWorkers();
  void LookIfReady(Place* place);
  void Judge(Place* place, WorkerEntry* entry);
  void OnReady(Place* place);
  std::string BootFailureText(const Place& place, int32_t exit_status,
                              const std::string& start_error) const;
  void SignalAll(int signal_number);
  bool AnyProcess() const;

  // Templates (supervisor_template.cc).
  absl::Status MoveInto(std::unique_ptr<process::Template> made);
  void MoveIntoAdopted();
  Home* CurrentHome() const { return homes_.back().get(); }
  Home* FindHome(uint32_t number);
  bool HomeOf(const Place& place, const Home& home) const;
  void ReadTemplateEvents(Home* home);
  void OnTemplateGone(Home* home);
  void OnAskedInVain(Place* place);
  void AfterTemplateGone();
  void Suspend(const std::string& why);
  void LeaveOldHomes();
  void EndHome(Home* home, int64_t now);
  bool AllHomesGone() const;

  // Places (supervisor_places.cc).
  void FollowWishes();
  void AskPlaceToLeave(Place* place);
  void Replace(Place* place, int32_t exit_status);
  bool CountBootFailure(Place* place, bool not_started, const std::string& failure);
  bool CountRestart(const Place& place, int32_t exit_status);
  void StartDuePlaces();
  void Vacate(Place* place);
  bool MayStart() const;

  // Limits.
  void LookAtLimits();
  int64_t LookAtLimitsOf(Place* place, int64_t now);
  void EndAtTimeLimit(Place* place, const RunningJob& running);
  void TellSoftLimit(Place* place, const RunningJob& running);
  void AnnounceLimit(EventKind kind, const Place& place, const RunningJob& running)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(host_->mutex);
  int64_t LookAtMemory(Place* place, const RunningJob& running, int64_t now);
  bool DoomIdle(Place* place);
  void EndWorkersAsAsked();
  void EndExpiredJobs();
  void EndWorker(Place* place, int signal_number);
  void KillOverdueWorkers();

  // The pool's life.
  void ObeyRequests();
  void BeginClosing();
  void AskToLeave(int64_t grace_ns);
  void ContinueClosing();
  void BeginTerminating(JobState state, const HostOutcome& outcome);
  void FailPool(absl::Status failure);
  void ContinueEnding();
  void Tick();
  void TickPlace(Place* place, int64_t now);
  bool Active() const;

  const std::shared_ptr<HostPool> host_;
  PoolSegment* const segment_;
  std::vector<std::unique_ptr<Home>> homes_;  // the last is where workers are started
  bool suspended_ = false;                    // no worker can be started until the host reforks
  Mutex adopted_mutex_;
  std::vector<std::unique_ptr<process::Template>> adopted_ ABSL_GUARDED_BY(adopted_mutex_);
  os::Fd epoll_;
  std::vector<Place> places_;
  const uint32_t initial_places_;
  int boot_failures_ = 0;     // in a row, at all places
  const int64_t started_ns_;  // when the pool began
  OomWatch oom_;
  RestartLimiter burst_;             // while it is young (POOL-142)
  RestartLimiter limiter_;           // later
  uint64_t begun_when_counted_ = 0;  // jobs begun when a restart was counted last
  std::vector<JobRef> unfinished_at_close_;
  bool leave_asked_ = false;
  int64_t kill_at_ns_ = 0;  // when what still lives is killed; 0: not yet
  int64_t next_tick_ns_ = 0;
  int64_t next_limit_ns_ = kNoTime;  // the earliest end of a limit that was seen
  bool look_at_limits_ = false;      // there may be an earlier one
  int64_t next_expiry_ns_ = kNoTime;
  bool ended_ = false;
  std::thread thread_;
};

}  // namespace billiard::pool

#endif  // BILLIARD_CORE_POOL_SUPERVISOR_H_
