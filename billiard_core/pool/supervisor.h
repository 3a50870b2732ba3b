// The one supervisor of a pool (design D5): starts workers through the template, learns how they end,
// decides what becomes of their jobs, and carries close and terminate through. A thread of the host that
// sleeps in epoll and wakes at most once a second while nothing happens. It installs no signal handler
// and never waits for a child.
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
#include "billiard_core/base/deadline.h"
#include "billiard_core/os/fd.h"
#include "billiard_core/pool/host_pool.h"
#include "billiard_core/pool/job_limits.h"
#include "billiard_core/pool/restart_limiter.h"
#include "billiard_core/process/template.h"

namespace billiard::pool {

// How long a killed process may take to be gone, before it is killed again.
inline constexpr int64_t kKillAgain = 100 * kNanosPerMilli;

class Supervisor {
 public:
  // Starts the template (in the caller's thread: it may fork) and then the thread, which starts the
  // workers.
  static absl::StatusOr<std::unique_ptr<Supervisor>> Start(std::shared_ptr<HostPool> host);

  // Waits for the thread, which ends with the pool.
  ~Supervisor();

  // Makes the thread look at what the pool was asked to do. Any thread.
  void Poke();

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

  absl::Status StartTemplate();
  absl::Status WatchTemplate();
  std::vector<process::TemplateCommand> Commands() const;
  static int ChildMain(int place, uint32_t incarnation, int group, void* context);

  void Loop();
  void Dispatch(uint64_t tag);
  bool Watch(int fd, uint32_t events, uint64_t tag);
  void Unwatch(int fd);
  int64_t WaitLimit() const;

  // Workers.
  void StartPlace(Place* place);
  void ReadTemplateEvents();
  void OnStarted(Place* place, process::Template::Event event);
  void FindPidfd(Place* place);
  void OnPidfd(Place* place);
  void LookForOverdueExits();
  void AnnounceWorker(EventKind kind, const Place& place, int32_t exit_status);
  void OnGone(Place* place, int32_t exit_status, const std::string& start_error);
  static RestartReason ReasonOf(const Place& place, int32_t exit_status);
  void OnTemplateGone();
  void OnAskedInVain(Place* place);
  void AfterTemplateGone();
  void LookForReadyWorkers();
  void LookIfReady(Place* place);
  void Judge(Place* place, WorkerEntry* entry);
  void OnReady(Place* place);
  std::string BootFailureText(const Place& place, int32_t exit_status,
                              const std::string& start_error) const;
  void SignalAll(int signal_number);
  bool AnyProcess() const;

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
  std::unique_ptr<process::Template> template_;
  bool template_gone_ = false;
  os::Fd epoll_;
  std::vector<Place> places_;
  const uint32_t initial_places_;
  int boot_failures_ = 0;            // in a row, at all places
  const int64_t started_ns_;         // when the pool began
  RestartLimiter burst_;             // while it is young (POOL-142)
  RestartLimiter limiter_;           // later
  uint64_t begun_when_counted_ = 0;  // jobs begun when a restart was counted last
  std::vector<JobRef> unfinished_at_close_;
  bool leave_asked_ = false;
  bool shutdown_sent_ = false;
  int64_t kill_at_ns_ = 0;           // when what still lives is killed; 0: not yet
  int64_t template_kill_at_ns_ = 0;  // when a template that does not end is killed
  int64_t next_tick_ns_ = 0;
  int64_t next_limit_ns_ = kNoTime;  // the earliest end of a limit that was seen
  bool look_at_limits_ = false;      // there may be an earlier one
  int64_t next_expiry_ns_ = kNoTime;
  bool ended_ = false;
  std::thread thread_;
};

}  // namespace billiard::pool

#endif  // BILLIARD_CORE_POOL_SUPERVISOR_H_
