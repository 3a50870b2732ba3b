// What a pool keeps in its segment: plain structures of fixed-width atomics, shared by the host, the
// template and the workers. Offsets and indexes, never pointers; every one read from here is checked
// before use (PoolSegment).
//
// Who writes what:
//   the host     the header, groups, rings, free slots, payloads of queued jobs
//   a worker     its own WorkerEntry, the words of jobs it holds, results
//   the template the ChildEntry of each place (billiard_core/process)
#ifndef BILLIARD_CORE_POOL_LAYOUT_H_
#define BILLIARD_CORE_POOL_LAYOUT_H_

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "billiard_core/pool/job_word.h"
#include "billiard_core/sync/event_count.h"

namespace billiard::pool {

inline constexpr uint32_t kMaxGroups = 64;
inline constexpr size_t kMaxNameBytes = 255;
inline constexpr size_t kInlineBytes = 64;
inline constexpr size_t kMaxPoolName = 63;

// Jobs of a group are claimed in the order of their priorities, from kFirstPriority down, and in the
// order of their submission within one.
inline constexpr int kFirstPriority = 3;
inline constexpr int kLastPriority = -3;
inline constexpr uint32_t kPriorities = kFirstPriority - kLastPriority + 1;
constexpr uint32_t LevelOf(int priority) {
  return static_cast<uint32_t>(kFirstPriority - priority);
}

// Bytes of a payload: inside its slot when they fit, else in a block of the heap.
struct Payload {
  std::atomic<uint64_t> size;
  std::atomic<uint32_t> block;  // BlockRef; kNoBlock: the bytes are inline
  std::atomic<uint32_t> format;
};

// Bits of JobSlot::flags, written before kQueued.
enum JobFlag : uint16_t {
  kTellFinished = 1,  // goes to the finished stack when it ends
  kTellAccepted = 2,  // goes to the accepted stack when it has begun
  kChunk = 4,  // the argument is a list of items (chunk.h); the first that fails fails the job
  kAwaitAnswer = 16,  // its worker begins it only when the host has said so, in JobSlot::answer
  kChunkEach = 8,     // the same, but each item has an outcome of its own
};

// A map or a stream of results has a slot of its own, the parent of its jobs, which no worker claims and
// whose word is an outcome from the start. Threads that wait for its jobs sleep on its `ended`.
// JobSlot::answer; a refusal is an outcome.
inline constexpr uint32_t kNoAnswer = 0;
inline constexpr uint32_t kAccepted = 1;

struct alignas(64) JobSlot {
  std::atomic<uint64_t> word;  // JobWord
  std::atomic<uint32_t>
      waiters;  // host threads that may be asleep on the word: a hint, never too low
  std::atomic<uint16_t> flags;    // JobFlag
  std::atomic<uint8_t> group;     // index of its group
  std::atomic<uint8_t> attempts;  // times it was begun and lost, and queued again
  std::atomic<uint64_t> id;
  std::atomic<uint32_t> task;           // index into its group's names
  std::atomic<uint32_t> next_finished;  // slot + 1 of the next on the finished stack, 0 at its end
  std::atomic<uint32_t> next_accepted;  // the same for the accepted stack
  std::atomic<int32_t> pid;             // of the worker that began it; written before kRunning
  std::atomic<int64_t> begun_ns;        // written before kRunning
  std::atomic<int64_t> soft_limit_ns;   // from begun_ns on; 0: none
  std::atomic<int64_t> hard_limit_ns;   // from begun_ns on; 0: none
  std::atomic<int64_t> expires_ns;      // monotonic time until which it must have begun; 0: none
  std::atomic<uint32_t> parent;         // slot + 1 of its map or stream; 0: none
  std::atomic<uint32_t> answer;         // the host's word on an acceptance that awaits one; a futex
  // In a parent: how many of its jobs have ended, too high after deaths and never too low; a futex. And
  // how many have to end before its waiters are woken, unless one fails. Late workers may still count
  // here when the slot is another's, so nothing else is ever kept in `ended`.
  std::atomic<uint32_t> ended;
  std::atomic<uint32_t> wake_at;
  Payload argument;  // written before kQueued
  Payload result;    // written before kDone or kFailed
  std::byte argument_bytes[kInlineBytes];
  std::byte result_bytes[kInlineBytes];
};
static_assert(sizeof(JobSlot) == 256, "a queued job costs 256 bytes");

// A worker's progress, in WorkerEntry::word: incarnation << 8 | WorkerPhase.
enum class WorkerPhase : uint8_t {
  kEmpty = 0,      // host: nobody here
  kStarting = 1,   // host: asked for
  kAnnounced = 2,  // worker: its task names are in `announcement`; waits for the host's verdict
  kReady = 3,      // worker, when its group's names are known and the same; or the host's verdict
  kRejected = 4,   // host's verdict: other names than the group's
  kFailed = 5,     // worker: could not be set up; the reason is in `reason`
  kLeaving = 6,    // worker: it takes no more jobs and ends; another may be started already
};

constexpr uint64_t PhaseWord(uint32_t incarnation, WorkerPhase phase) {
  return static_cast<uint64_t>(incarnation) << 8 | static_cast<uint64_t>(phase);
}
constexpr uint32_t IncarnationOf(uint64_t word) { return static_cast<uint32_t>(word >> 8); }
constexpr WorkerPhase PhaseOf(uint64_t word) { return static_cast<WorkerPhase>(word & 0xff); }

inline constexpr size_t kReasonBytes = 376;

// Exit statuses of workers (POOL-103 ...).
inline constexpr int32_t kExitNormal = 0;
inline constexpr int32_t kExitFailed = 1;
inline constexpr int32_t kExitRecycled =
    155;  // it has done its share and makes room for a fresh one

// W1  A job word names this worker only while `intent` names that job: the worker stores the intent
//     before it claims, and clears it after its answer is fully published.
struct alignas(64) WorkerEntry {
  std::atomic<uint64_t> word;       // incarnation << 8 | WorkerPhase
  std::atomic<uint64_t> intent;     // packed JobRef that it is claiming or holds; 0: none
  std::atomic<uint32_t> owner;      // its participant id, to take back its blocks
  std::atomic<uint64_t> jobs_done;  // by this process
  std::atomic<uint64_t> succeeded;  // answers at this place, over all its processes
  std::atomic<uint64_t> failed;
  // What the two will be once the answer under way has been counted, written before the outcome: the host
  // counts for a worker that dies between its answer and its count. The same as they are at other times.
  std::atomic<uint64_t> succeeded_after;
  std::atomic<uint64_t> failed_after;
  std::atomic<uint64_t> announcement;  // block with its task names, each ended by NUL
  std::atomic<uint64_t> announcement_bytes;
  std::atomic<int32_t> pid;
  std::atomic<uint32_t> group;      // host: index of its group
  std::atomic<uint64_t> begun;      // jobs begun at this place, over all its processes
  std::atomic<uint64_t> soft_job;   // host: packed JobRef of the job whose soft limit has passed
  std::atomic<int64_t> memory_kib;  // its anonymous memory when it was ready
  std::atomic<uint32_t> leave;   // host: low 32 bits of the incarnation that is to leave when idle
  std::atomic<uint32_t> in_use;  // host: 1: a worker is to be here, or is still here
  std::atomic<uint32_t> soft_signal;  // 1: it handles SIGUSR1; written before kReady
  std::atomic<uint32_t> recycle;      // host: the incarnation that is to leave after its job
  std::atomic<uint32_t> doomed;       // host: the incarnation that must begin no job now; a futex
  char reason[kReasonBytes];          // text ended by NUL, written before kFailed
};
static_assert(sizeof(WorkerEntry) == 512);

// A ring of packed JobRefs, written by the host alone and read by the workers. An entry is a hint that
// a job may be claimable; the truth is the job's word. So a reader that dies anywhere harms nobody.
//
// R1  head <= tail; entries [head, tail) are written. The host does not reuse a cell before head has
//     passed it.
// R2  Whoever finds that the entry at head is no longer claimable may move head on, by a CAS from the
//     value it read.
struct alignas(64) Ring {
  alignas(64) std::atomic<uint64_t> head;
  alignas(64) std::atomic<uint64_t> tail;
  std::atomic<uint64_t> cells;     // offset of the cells
  std::atomic<uint64_t> capacity;  // a power of two
};

struct alignas(64) GroupEntry {
  sync::EventCount work;                  // workers of the group sleep here
  std::atomic<uint32_t> resting;          // 1: some may rest, woken by none (lookout.h): a hint
  std::atomic<uint32_t> rest;             // their futex: bumped to wake them
  Ring returned;                          // jobs given back by dead or stopped workers: read first
  Ring queued[kPriorities];               // from the first to the last priority
  std::atomic<uint32_t> used_priorities;  // bit i: queued[i] has had a job; set before its first
  std::atomic<uint32_t> names_known;      // 1: the three below are set and do not change any more
  std::atomic<uint32_t> names_count;
  std::atomic<uint64_t> names;  // block with the task names, sorted, each ended by NUL
  std::atomic<uint64_t> names_bytes;
  char name[kMaxNameBytes + 1];
  alignas(
      64) std::atomic<uint32_t> lookout;  // place + 1 of the worker that looks for jobs (lookout.h)
};

// Why a worker process was started in the place of another.
enum class RestartReason : uint8_t {
  kLost = 0,      // it crashed or was killed
  kRecycled = 1,  // it had done its share: max_jobs_per_worker or its memory limit
  kBoot = 2,      // it ended before it was ready
  kAsked = 3,     // it was asked to leave, or ended for a limit or with its job
};
inline constexpr size_t kRestartReasons = 4;

struct alignas(64) PoolHeader {
  std::atomic<uint32_t> place_count;
  std::atomic<uint32_t> group_count;
  std::atomic<uint64_t> slot_count;
  std::atomic<uint64_t> max_payload;
  std::atomic<uint64_t> workers;   // offsets of the tables
  std::atomic<uint64_t> children;  // of process::ChildEntry
  std::atomic<uint64_t> groups;
  std::atomic<uint64_t> slots;
  std::atomic<uint32_t> leave;    // 1: every worker is to leave
  std::atomic<uint32_t> closing;  // 1: workers poke the host after each answer, once per arming
  std::atomic<uint32_t> close_armed;
  std::atomic<int32_t> host_pid;
  std::atomic<uint32_t> event_loop;  // 1: workers that wake a waiter also poke the host
  // The finished stack: jobs with `notify` that have ended and were not drained. Workers push, the host
  // takes the whole of it.
  alignas(64) std::atomic<uint32_t> finished;  // slot + 1 of the top, 0: empty
  std::atomic<uint32_t> finished_armed;  // 1: the host waits for a poke of the finished eventfd
  std::atomic<uint32_t> accepted;  // as `finished`, of jobs with kTellAccepted that have begun
  // Bumped when a job has ended, or a submitter may try again for another reason, while slot_waiters is
  // not 0: a futex.
  std::atomic<uint32_t> ended_epoch;
  std::atomic<uint32_t> slot_waiters;
  // When the supervisor looks at limits next; a worker that begins a job with an earlier one pokes it.
  alignas(64) std::atomic<int64_t> alarm_ns;
  // When a worker is to make room for a fresh one; 0: never. Set once.
  std::atomic<uint64_t> max_jobs_per_worker;
  std::atomic<int64_t> max_memory_kib;  // growth since it was ready
  // Statistics that the host counts, for snapshot.h; the others are in the WorkerEntries.
  alignas(64) std::atomic<uint64_t> submitted;
  std::atomic<uint64_t> ended_by_host[kHostOutcomes];  // by EndedIndex(state)
  std::atomic<uint64_t> restarts[kRestartReasons];
  std::atomic<uint64_t> serial;  // in the order in which the host made its pools
  std::atomic<int32_t> workers_wanted;
  std::atomic<int32_t> template_pid;
  char name[kMaxPoolName + 1];  // ended by NUL; set before the first worker
};

}  // namespace billiard::pool

#endif  // BILLIARD_CORE_POOL_LAYOUT_H_
