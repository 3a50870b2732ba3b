/* How the waiters of a lock are woken one after the other, with one that waits for a condition and is moved
 * among them, asleep, by who notifies it.
 *
 * Code: billiard_core/sync/event_count.cc and the OwnerWord::Await and TryReleaseOwn that use it;
 * Condition::Wait and Notify, WaitTable::NotifyOne. One statement here is one access to a word there, or one
 * futex call. (lock.pml is about deaths and takes hint and owner for one word.)
 *
 *   here        there
 *   Prepare     EventCount::Prepare, and AssumeSleepers
 *   Acquire     OwnerWord::TryTake, then Await
 *   Release     the store of 0, MayHaveSleepers, WakeNext
 *   Waiter      Condition::Wait: enrolled, lock released, asleep at its record; then EndWait
 *   Notifier    Condition::Notify of one: WaitTable::NotifyOne with Adopt, under the lock
 *   gives up    a deadline or an interrupt has ended a sleep; of one locker and, with WAITER_GIVES_UP, of the
 *               waiter. It may have been woken, too.
 *
 * Smaller than there: nobody dies, so there are no slices: releases alone have to wake everybody. The
 * event's numbers do not wrap; that they do costs a slice there (event_count.h).
 *
 * Properties (G-SYNC-1, G-SYNC-2): one holder at a time; nobody sleeps for ever.
 *
 * Mutants, each of which has to be found:
 *   NO_HINT_AT_ADOPT    who moves a sleeper to the event does not say that somebody sleeps there
 *   NO_HINT_AT_END      who was notified, and perhaps woken by a release, does not say that others may sleep
 *   CANCEL_AFTER_SLEEP  who has slept takes its announcement back
 */
#ifndef LOCKERS
#define LOCKERS 2
#endif
#ifndef ROUNDS
#define ROUNDS 2
#endif
#define WAITER 1
#define NOTIFIER 2
#define LAST (2 + LOCKERS)
#define MAY_GIVE_UP LAST

byte owner = WAITER; /* the lock's word */
byte holder = WAITER; /* what is true, known to the checker alone */

/* The event: its hint, and for each process how its word has changed since that process looked. */
bool sleepers;
#define NONE 0     /* it has not announced itself */
#define SAME 1     /* the word is as it was then */
#define ARRIVED 2  /* others have announced themselves since */
#define NOTIFIED_SINCE 3
byte since[LAST + 1];
bool unchanged[LAST + 1]; /* since it read the word that it gives to the futex call */
bool asleep[LAST + 1];

#if LOCKERS > 2
#define EACH(do_it) do_it(1); do_it(2); do_it(3); do_it(4); do_it(5)
#elif LOCKERS > 1
#define EACH(do_it) do_it(1); do_it(2); do_it(3); do_it(4)
#else
#define EACH(do_it) do_it(1); do_it(2); do_it(3)
#endif
#define ARRIVAL(x) since[x] = (since[x] == SAME -> ARRIVED : since[x]); unchanged[x] = false
#define NOTIFICATION(x) since[x] = (since[x] == NONE -> NONE : NOTIFIED_SINCE); unchanged[x] = false
#define CHANGE(x) unchanged[x] = false

#define FREE 0
#define WAITING 1
#define NOTIFIED 2
byte record = WAITING;
bool asleep_at_record;

inline Prepare(me) {
  d_step {
    EACH(ARRIVAL);
    since[me] = SAME;
    first = !sleepers;
    sleepers = true
  }
}

inline Cancel(me) {
  d_step {
    if
    :: first && since[me] == SAME -> sleepers = false; EACH(CHANGE)
    :: else
    fi
  }
}

inline TryTake(me) {
  d_step {
    done = (owner == 0);
    if
    :: done -> assert(holder == 0); owner = me; holder = me
    :: else
    fi
  }
}

/* done: false when it gave up. */
inline Acquire(me) {
  TryTake(me);
  do
  :: done -> break
  :: else ->
    Prepare(me);
    TryTake(me);
    if
    :: done || giving_up ->
#ifndef CANCEL_AFTER_SLEEP
      if
      :: !slept -> Cancel(me)
      :: else
      fi;
#else
      Cancel(me);
#endif
      break
    :: else
    fi;
    slept = true;
    /* EventCount::Wait */
    do
    :: since[me] == NOTIFIED_SINCE -> break
    :: d_step { since[me] != NOTIFIED_SINCE; unchanged[me] = true };
      d_step {
        if
        :: unchanged[me] -> asleep[me] = true
        :: else
        fi
      }
      if
      :: !asleep[me]
      :: d_step { me == MAY_GIVE_UP; asleep[me] = false; giving_up = true } break
      fi
    od
  od;
  slept = false;
  d_step { giving_up = false; first = false; since[me] = NONE; unchanged[me] = false }
}

inline WakeOne() {
  if
#define WAKE(x) :: atomic { asleep[x] -> asleep[x] = false }
  WAKE(1)
  WAKE(2)
  WAKE(3)
#if LOCKERS > 1
  WAKE(4)
#endif
#if LOCKERS > 2
  WAKE(5)
#endif
  :: else
  fi
}

inline Release(me) {
  d_step { assert(holder == me && owner == me); holder = 0; owner = 0 }
  if
  :: sleepers ->
    skip;
    d_step {
      woke = sleepers;
      if
      :: woke -> EACH(NOTIFICATION); sleepers = false
      :: else
      fi
    }
    if
    :: woke -> WakeOne()
    :: else
    fi
  :: else
  fi;
  woke = false
}

proctype Locker(byte me) {
  byte round;
  bool first, slept, giving_up, done, woke;
  for (round : 1 .. ROUNDS) {
    Acquire(me);
    if
    :: done -> Release(me)
    :: else
    fi;
    done = false
  }
}

proctype Waiter() {
  bool first, slept, giving_up, done, woke, given_up;
  Release(WAITER);
  do
  :: record == NOTIFIED -> break
  :: d_step { record == WAITING; asleep_at_record = true };
    if
    :: !asleep_at_record && !asleep[WAITER]
#ifdef WAITER_GIVES_UP
    :: d_step { asleep_at_record = false; asleep[WAITER] = false; given_up = true } break
#endif
    fi
  od;
  if
  :: d_step { given_up && record == WAITING -> record = FREE } /* Settle */
  :: !(given_up && record == WAITING)
  fi;
  Acquire(WAITER);
#ifndef NO_HINT_AT_END
  if
  :: record == NOTIFIED -> Prepare(WAITER); since[WAITER] = NONE
  :: else
  fi;
#endif
  record = FREE;
  Release(WAITER)
}

proctype Notifier() {
  bool first, slept, giving_up, done, woke, moved;
  Acquire(NOTIFIER);
  d_step {
    done = (record == WAITING);
    if
    :: done -> record = NOTIFIED
    :: else
    fi
  }
  if
  :: done ->
    d_step {
      moved = asleep_at_record;
      if
      :: moved -> asleep_at_record = false; asleep[WAITER] = true
      :: else
      fi
    }
    if
#ifdef NO_HINT_AT_ADOPT
    :: moved
#else
    :: moved -> Prepare(NOTIFIER); since[NOTIFIER] = NONE
#endif
    :: else -> asleep_at_record = false
    fi
  :: else
  fi;
  Release(NOTIFIER)
}

init {
  byte i;
  atomic {
    run Waiter();
    run Notifier();
    for (i : 3 .. LAST) { run Locker(i) }
    i = 0
  }
  atomic { _nr_pr == 1; assert(owner == 0 && record == FREE) }
}
