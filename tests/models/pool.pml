/* A pool's jobs: claim, begin, answer, and what the host does about workers that die, stand still or run
 * past a limit.
 *
 * Code: billiard_core/pool/job_word.h, ring.h, worker.cc, recovery.cc, host_jobs.cc and the supervisor. One
 * statement here is one access to shared memory there, so that every interleaving and a death between any
 * two accesses is looked at, in the sequentially consistent order of memory.
 *
 *   here                   there
 *   ClaimFrom, TryClaim    RingView::Claim, Worker::TryClaim
 *   Begin, Answer          Worker::Begin, Job::Publish
 *   Settle                 SettleJob
 *   Overdue                Supervisor::TickPlace: a worker that seems to stand still
 *   TimeOut                the hard time limit: SIGTERM changes nothing here, SIGKILL comes some time later
 *   TakeStack, Announce    HostJobs::TakeFinishedStack, HostJobs::Announce
 *   EndOf                  a drained job that nobody wants any more, HostJobs::Free
 *   killer                 kill -9 at any moment; a stopped worker is one that takes no step
 *
 * Smaller than there: two workers of one group, one priority, SLOTS slots and JOBS jobs, one of which may be
 * tried again after its worker was lost; rings that do not come round. The host is one process that never
 * dies. Sleeping and waking are the matter of event_count.h.
 *
 * Properties (G-POOL-1, 3, 4, 5): a job is begun once, and once more for each loss if it may be tried again;
 * it has one outcome and is announced once; no worker reads a payload of another job; who is killed for one
 * job never takes another along; in the end every job has an outcome, and no slot is left over.
 *
 * Mutants, each of which has to be found:
 *   LATE_INTENT   the intent is stored after the claim
 *   BLIND_BEGIN   a job is begun by a store
 *   BLIND_ANSWER  a job is answered by a store
 *   NO_PIN        the slot of a job that the host ended is free while its worker may still read it
 *   NO_DOOM       a worker that will be killed may begin another job before
 *   NO_STACK_LOOK the host lists a dead worker's job without taking the stack first
 */
#ifndef JOBS
#define JOBS 2
#endif
#ifndef SLOTS
#define SLOTS 2
#endif
#ifndef DEATHS
#define DEATHS 1
#endif
#ifndef OVERDUES
#define OVERDUES 1
#endif
#ifndef TIMEOUTS
#define TIMEOUTS 1
#endif
#define PLACES 2
#define RING (JOBS + DEATHS + OVERDUES + TIMEOUTS + 1)

/* {generation | state | incarnation and place of the holder} */
#define FREE 0
#define QUEUED 1
#define TAKEN 2
#define RUNNING 3
#define DONE 4
#define LOST 5
#define TIMED_OUT 6
#define WORD(generation, state, by) ((generation) * 128 + (state) * 16 + (by))
#define GENERATION_OF(w) ((w) / 128)
#define STATE_OF(w) (((w) / 16) % 8)
#define BY_OF(w) ((w) % 16)
#define BY(place, incarnation) (1 + (place) + PLACES * ((incarnation) % 7))

/* A job's name, never 0: {generation | slot}. */
#define REF(generation, slot) ((generation) * 2 + (slot))
#define SLOT_OF(r) ((r) % 2)
#define GENERATION_IN(r) ((r) / 2)

short word[SLOTS];
byte link[SLOTS], top; /* the finished stack: slot + 1 */
byte intent[PLACES];
bool doomed[PLACES];
#define RETURNED 0
#define NEW 1
byte cell[2 * RING], head[2], tail[2]; /* the two rings of the group */

bool killed[PLACES], dead[PLACES], killed_for_job[PLACES];
byte incarnation[PLACES];
bool over;

/* The host's own. */
byte pinned_by[SLOTS]; /* place + 1 */
bool drained[SLOTS], may_retry[SLOTS];
byte submitted, ended;
bool must_die[PLACES];
byte overdues_left = OVERDUES, timeouts_left = TIMEOUTS;

/* What is true, known to the checker alone. */
byte content[SLOTS];   /* the generation that the slot's payload is of */
byte begun[SLOTS], outcomes[SLOTS], lost[SLOTS];

#define CAS(place_, from_, to_) \
  d_step { \
    ok = (place_ == (from_)); \
    if \
    :: ok -> place_ = (to_) \
    :: else \
    fi \
  }

inline TryClaim(ref) {
  w = word[SLOT_OF(ref)];
  if
  :: w != WORD(GENERATION_IN(ref), QUEUED, 0) -> ok = false
  :: else ->
#ifndef LATE_INTENT
    intent[me] = ref;
#endif
    CAS(word[SLOT_OF(ref)], w, WORD(GENERATION_IN(ref), TAKEN, BY(me, incarnation[me])));
#ifdef LATE_INTENT
    if
    :: ok -> intent[me] = ref
    :: else
    fi;
#endif
    if
    :: !ok -> intent[me] = 0
    :: ok
    fi
  fi;
  w = 0
}

inline ClaimFrom(ring) {
  h = head[ring];
  do
  :: h >= tail[ring] -> h = 0; break
  :: h < tail[ring] ->
    ref = cell[(ring) * RING + h];
    TryClaim(ref);
    claimed = ok;
    d_step {
      if
      :: head[ring] == h -> head[ring] = h + 1; h = h + 1
      :: else -> h = head[ring]
      fi;
      ok = false
    }
    if
    :: claimed -> h = 0; break
    :: else -> ref = 0
    fi
  od
}

inline Begin() {
#ifdef BLIND_BEGIN
  d_step { word[SLOT_OF(ref)] = WORD(GENERATION_IN(ref), RUNNING, BY(me, incarnation[me])); ok = true; begun[SLOT_OF(ref)]++ }
#else
  d_step {
    ok = (word[SLOT_OF(ref)] == WORD(GENERATION_IN(ref), TAKEN, BY(me, incarnation[me])));
    if
    :: ok -> word[SLOT_OF(ref)] = WORD(GENERATION_IN(ref), RUNNING, BY(me, incarnation[me])); begun[SLOT_OF(ref)]++
    :: else
    fi
  }
#endif
}

inline Answer() {
#ifdef BLIND_ANSWER
  d_step { word[SLOT_OF(ref)] = WORD(GENERATION_IN(ref), DONE, BY(me, incarnation[me])); ok = true; outcomes[SLOT_OF(ref)]++ }
#else
  d_step {
    ok = (word[SLOT_OF(ref)] == WORD(GENERATION_IN(ref), RUNNING, BY(me, incarnation[me])));
    if
    :: ok -> word[SLOT_OF(ref)] = WORD(GENERATION_IN(ref), DONE, BY(me, incarnation[me])); outcomes[SLOT_OF(ref)]++
    :: else
    fi
  }
#endif
}

proctype Worker(byte me) {
  byte ref, h;
  short w;
  bool ok, claimed;
again:
  {
    do
    :: over -> break
    :: head[RETURNED] < tail[RETURNED] || head[NEW] < tail[NEW] ->
      ClaimFrom(RETURNED);
      if
      :: !claimed -> ClaimFrom(NEW)
      :: else
      fi;
      if
      :: claimed ->
        claimed = false;
#ifndef NO_DOOM
        if
        :: doomed[me] -> !doomed[me] /* waits for its end, or for the host to think better of it */
        :: !doomed[me]
        fi;
#endif
        Begin();
        if
        :: ok ->
          ok = false;
          /* User code. */
          assert(content[SLOT_OF(ref)] == GENERATION_IN(ref));
          Answer();
          if
          :: ok ->
            ok = false;
            do
            :: h = top;
              link[SLOT_OF(ref)] = h;
              CAS(top, h, SLOT_OF(ref) + 1);
              if
              :: ok -> ok = false; h = 0; break
              :: else
              fi
            od
          :: else
#ifndef NO_DOOM
            -> killed[me] /* the host has ended the job: this worker begins no other */
#endif
          fi
        :: else
        fi;
        intent[me] = 0;
        ref = 0
      :: else
      fi
    od;
    h = 0
  } unless { killed[me] };
  d_step { ref = 0; h = 0; w = 0; ok = false; claimed = false }
  if
  :: atomic { killed[me] && !over -> dead[me] = true };
    if
    :: !dead[me] -> goto again /* its place has a new process */
    :: over
    fi
  :: over
  fi
}

/* The host. All of it is done by one process at a time (its mutex). */

inline Push(ring, ref) {
  cell[(ring) * RING + tail[ring]] = ref;
  tail[ring]++
}

inline Drop(slot) {
  d_step {
    content[slot] = 0;
    drained[slot] = false;
    begun[slot] = 0;
    outcomes[slot] = 0;
    lost[slot] = 0;
    word[slot] = WORD(GENERATION_OF(word[slot]) + 1, FREE, 0);
    ended++
  }
}

inline TakeStack() {
  d_step { t = top; top = 0 }
  do
  :: t == 0 -> break
  :: t != 0 ->
    d_step {
      s = t - 1;
      assert(STATE_OF(word[s]) >= DONE);
      drained[s] = true; /* the second listing of one job is noticed */
      t = link[s];
      s = 0
    }
  od
}

/* The host ended it, or its worker died: tell. */
inline Announce(slot) {
#ifndef NO_STACK_LOOK
  TakeStack();
#endif
  drained[slot] = true
}

inline Settle(p) {
  d_step { r = intent[p]; intent[p] = 0 }
  if
  :: r != 0 ->
    w = word[SLOT_OF(r)];
    if
    :: GENERATION_OF(w) != GENERATION_IN(r) || BY_OF(w) != BY(p, incarnation[p])
    :: else ->
      if
      :: STATE_OF(w) == TAKEN ->
        CAS(word[SLOT_OF(r)], w, WORD(GENERATION_IN(r), QUEUED, 0));
        assert(ok);
        Push(RETURNED, r)
      :: STATE_OF(w) == RUNNING ->
        assert(!killed_for_job[p]);
        if
        :: may_retry[SLOT_OF(r)] ->
          d_step { may_retry[SLOT_OF(r)] = false; lost[SLOT_OF(r)]++ }
          CAS(word[SLOT_OF(r)], w, WORD(GENERATION_IN(r), QUEUED, 0));
          assert(ok);
          Push(RETURNED, r)
        :: else ->
          d_step {
            assert(word[SLOT_OF(r)] == w);
            word[SLOT_OF(r)] = WORD(GENERATION_IN(r), LOST, 0);
            outcomes[SLOT_OF(r)]++
          }
          Announce(SLOT_OF(r))
        fi
      :: STATE_OF(w) == DONE -> Announce(SLOT_OF(r))
      fi
    fi
  :: else
  fi;
  d_step {
    for (s : 0 .. SLOTS - 1) {
      if
      :: pinned_by[s] == p + 1 -> pinned_by[s] = 0
      :: else
      fi
    }
    s = 0; r = 0; w = 0; ok = false;
    incarnation[p] = incarnation[p] + 1;
    killed[p] = false;
    killed_for_job[p] = false;
    doomed[p] = false;
    must_die[p] = false;
    dead[p] = false
  }
}

/* It stands between two steps that follow each other at once: it is stopped, or seems so. */
inline Overdue(p) {
  overdues_left--;
  r = intent[p];
  if
  :: r != 0 ->
#ifndef NO_DOOM
    doomed[p] = true;
#endif
    w = word[SLOT_OF(r)];
    ok = false;
    if
    :: intent[p] != r /* it moves */
    :: intent[p] == r && w == WORD(GENERATION_IN(r), TAKEN, BY(p, incarnation[p])) ->
      CAS(word[SLOT_OF(r)], w, WORD(GENERATION_IN(r), QUEUED, 0));
      if
      :: ok -> Push(RETURNED, r)
      :: else
      fi
    :: intent[p] == r && w == WORD(GENERATION_IN(r), RUNNING, BY(p, incarnation[p])) /* it works */
    :: else -> ok = true /* stands still without a job; it can not begin another */
    fi;
    if
    :: ok -> killed_for_job[p] = true; killed[p] = true
    :: else -> doomed[p] = false
    fi
  :: else
  fi;
  r = 0; w = 0; ok = false
}

inline TimeOut(p) {
  timeouts_left--;
  r = intent[p];
  if
  :: r != 0 ->
    w = word[SLOT_OF(r)];
    if
    :: w == WORD(GENERATION_IN(r), RUNNING, BY(p, incarnation[p])) ->
      d_step {
        ok = (word[SLOT_OF(r)] == w);
        if
        :: ok ->
          word[SLOT_OF(r)] = WORD(GENERATION_IN(r), TIMED_OUT, 0);
          outcomes[SLOT_OF(r)]++;
#ifndef NO_PIN
          pinned_by[SLOT_OF(r)] = p + 1
#endif
        :: else
        fi
      }
      if
      :: ok -> Announce(SLOT_OF(r)); must_die[p] = true /* after a while: it gets SIGTERM first */
      :: else
      fi
    :: else
    fi
  :: else
  fi;
  r = 0; w = 0; ok = false
}

inline EndOf(slot) {
  d_step {
    assert(outcomes[slot] == 1);
    assert(begun[slot] <= 1 + lost[slot]);
    assert(GENERATION_OF(word[slot]) == content[slot])
  }
  Drop(slot)
}

proctype Host() {
  byte r, s, t, n;
  short w;
  bool ok;
  do
  :: submitted < JOBS && (STATE_OF(word[0]) == FREE || STATE_OF(word[SLOTS - 1]) == FREE) ->
    d_step {
      n = (STATE_OF(word[0]) == FREE -> 0 : SLOTS - 1);
      submitted++;
      content[n] = GENERATION_OF(word[n]);
      may_retry[n] = (submitted == 1)
    }
    word[n] = WORD(GENERATION_OF(word[n]), QUEUED, 0);
    Push(NEW, REF(GENERATION_OF(word[n]), n));
    n = 0
  :: dead[0] -> Settle(0)
  :: dead[1] -> Settle(1)
  :: overdues_left > 0 && intent[0] != 0 && !killed[0] && !must_die[0] -> Overdue(0)
  :: overdues_left > 0 && intent[1] != 0 && !killed[1] && !must_die[1] -> Overdue(1)
  :: timeouts_left > 0 && intent[0] != 0 && !killed[0] && !must_die[0] -> TimeOut(0)
  :: timeouts_left > 0 && intent[1] != 0 && !killed[1] && !must_die[1] -> TimeOut(1)
  :: must_die[0] && !killed[0] -> killed_for_job[0] = true; killed[0] = true
  :: must_die[1] && !killed[1] -> killed_for_job[1] = true; killed[1] = true
  :: top != 0 -> TakeStack()
  :: drained[0] && pinned_by[0] == 0 -> EndOf(0)
  :: SLOTS > 1 && drained[SLOTS - 1] && pinned_by[SLOTS - 1] == 0 -> EndOf(SLOTS - 1)
  :: ended == JOBS && !killed[0] && !killed[1] && !must_die[0] && !must_die[1] -> break
  od;
  over = true
}

#if DEATHS > 0
proctype Killer() {
  byte i;
  for (i : 1 .. DEATHS) {
    if
    :: atomic { !over && !killed[0] -> killed[0] = true }
    :: atomic { !over && !killed[1] -> killed[1] = true }
    :: break
    fi
  }
}
#endif

init {
  byte i;
  atomic {
    for (i : 0 .. SLOTS - 1) { word[i] = WORD(1, FREE, 0) }
    run Worker(0);
    run Worker(1);
    run Host();
#if DEATHS > 0
    run Killer();
#endif
    i = 0
  }
}
