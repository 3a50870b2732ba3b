/* The lock that is handed over after a death, and how its waiters sleep.
 *
 * Code: billiard_core/sync/owner_word.h and owner_word.cc, the plain lock (not the fair one). One
 * statement here is one access to the word there, or one futex call.
 *
 *   here         there
 *   Acquire      OwnerWord::TryTake, then Take with Await
 *   Release      OwnerWord::TryRelease, WakeOne
 *   asleep       in FutexWait; a wake takes any one of them
 *   slice        the end of a slice (slices.h). Those that find a lock held by the living change nothing
 *                and are left out; so are all of them before the first death: while nobody dies, waiters
 *                must be woken by releases alone.
 *   leaving      a deadline or an interrupt has ended a sleep; of one process alone, since who may leave
 *                never sleeps for ever. It may have been woken, too.
 *   killer       kill -9 at any moment, of anybody
 *
 * Smaller than there: PROCESSES, the first of them ROUNDS times through the lock; no spinning (a look that finds nothing
 * changes nothing), no kUnsettled (it is the RLock's).
 *
 * Properties (G-SYNC-1): a lock is obtained while nobody or a dead process holds it; the second with the news of the
 * death, which one process gets, once, and nobody gets without a death; nobody sleeps for ever.
 *
 * Mutants, each of which has to be found:
 *   NO_FLAG_AFTER_WAKE  who was woken and gets the lock does not set kSleepers again
 *   NO_FLAG_AT_LEAVE    who leaves after a sleep does not set it
 *   NO_SLICE            nobody looks for deaths
 *   BLIND_TAKEOVER      the lock of a dead holder is taken by a store
 */
#ifndef PROCESSES
#define PROCESSES 3
#endif
#ifndef ROUNDS
#define ROUNDS 2
#endif
#ifndef DEATHS
#define DEATHS 1
#endif
#define LEAVER PROCESSES

/* The word: an owner, 0 if it is free, and the flag. */
#define SLEEPERS 8
#define OWNER_IN(word) ((word) % 8)
#define FLAG_IN(word) ((word) / 8 * 8)
byte word;

bool asleep[PROCESSES + 1], killed[PROCESSES + 1];
bool no_more_deaths, somebody_died;

/* What is true, known to the checker alone. */
byte holder;      /* perhaps a dead one */
bool news_is_due; /* the holder died with the lock and nobody was told */

inline Obtain(me, died) {
  assert(holder == 0 || (killed[holder] && died));
  assert(died == news_is_due);
  holder = me;
  news_is_due = false
}

/* done: false when it left without the lock. */
inline Acquire(me, done) {
  d_step {
    done = (word == 0);
    if
    :: done -> word = me; Obtain(me, false)
    :: else
    fi
  }
  slept = 0;
  look = false;
  leaving = false;
  do
  :: done -> break
  :: else ->
    now = word;
    if
    :: OWNER_IN(now) == 0 ->
      d_step {
        done = (word == now);
        if
        :: done ->
#ifdef NO_FLAG_AFTER_WAKE
          word = me + FLAG_IN(now);
#else
          word = me + (FLAG_IN(now) | slept);
#endif
          Obtain(me, false)
        :: else
        fi;
        now = 0
      }
    :: OWNER_IN(now) != 0 && look && killed[OWNER_IN(now)] ->
      d_step {
#ifdef BLIND_TAKEOVER
        done = true;
#else
        done = (word == now);
#endif
        if
        :: done -> word = me + SLEEPERS; Obtain(me, true)
        :: else
        fi;
        now = 0
      }
    :: OWNER_IN(now) != 0 && !(look && killed[OWNER_IN(now)]) ->
      look = false;
#ifdef NO_FLAG_AT_LEAVE
      if
      :: leaving -> break
      :: else
      fi;
#endif
      /* ok: the flag is there */
      d_step {
        ok = (FLAG_IN(now) != 0 || (leaving && slept == 0));
        if
        :: !ok && word == now -> word = now + SLEEPERS; now = now + SLEEPERS; ok = true
        :: else
        fi
      }
      if
      :: !ok -> now = 0
      :: ok && leaving -> now = 0; break
      :: ok && !leaving ->
        d_step {
          slept = SLEEPERS;
          if
          :: word == now -> asleep[me] = true
          :: else
          fi;
          now = 0
        }
        if
        :: !asleep[me] -> look = true /* a slice has ended meanwhile */
        :: !asleep[me] -> skip
#ifndef NO_SLICE
        :: d_step {
            asleep[me] && somebody_died && (OWNER_IN(word) == 0 || killed[OWNER_IN(word)]);
            asleep[me] = false;
            look = true
          }
#endif
        :: d_step { me == LEAVER; asleep[me] = false; leaving = true; look = true }
        fi
      fi
    fi
  od;
  now = 0;
  d_step { slept = 0; look = false; leaving = false; ok = false }
}

inline Release(me) {
  d_step {
    assert(holder == me);
    holder = 0;
    now = word;
    word = 0
  }
  if
  :: FLAG_IN(now) != 0 ->
    if
#define WAKE(x) :: atomic { asleep[x] -> asleep[x] = false }
    WAKE(1)
    WAKE(2)
#if PROCESSES > 2
    WAKE(3)
#endif
#if PROCESSES > 3
    WAKE(4)
#endif
    :: else
    fi
  :: else
  fi;
  now = 0
}

proctype Process(byte me) {
  byte now, slept, round;
  bool look, leaving, ok, done;
  {
    for (round : 1 .. (me == 1 -> ROUNDS : 1)) {
      Acquire(me, done);
      if
      :: done -> Release(me)
      :: else
      fi;
      done = false
    }
    round = 0
  } unless { killed[me] };
  d_step {
    asleep[me] = false;
    now = 0; slept = 0; round = 0;
    look = false; leaving = false; ok = false; done = false
  }
}

proctype Killer() {
#if DEATHS > 0
  byte i;
  for (i : 1 .. DEATHS) {
    if
#define KILL(x) \
    :: d_step { !killed[x]; killed[x] = true; asleep[x] = false; somebody_died = true; \
        news_is_due = news_is_due || holder == x }
    KILL(1)
    KILL(2)
#if PROCESSES > 2
    KILL(3)
#endif
#if PROCESSES > 3
    KILL(4)
#endif
    :: break
    fi
  }
#endif
  no_more_deaths = true
}

init {
  byte i;
  atomic {
    for (i : 1 .. PROCESSES) { run Process(i) }
    run Killer();
    i = 0
  }
  /* All are at their ends: the lock is free, or a dead process's and the news is still to be told. */
  atomic {
    _nr_pr == 1;
    assert(OWNER_IN(word) == holder);
    assert(holder == 0 || (killed[holder] && news_is_due))
  }
}
