/* The buddy heap: blocks are split and joined by whoever meets them, and belong to nobody meanwhile.
 *
 * Code: billiard_core/shared_memory/buddy_words.h and buddy_level.cc, one level. One statement here is one
 * access to a word there; names are the same. A word's sequence is its identity: a CAS compares it alone.
 *
 *   here         there
 *   Change       Level::Change          FinishSplit, FinishJoin, SettleOffer, AdvanceJoin, Join, JoinUp,
 *   Allocate     Level::Take            Take: the same
 *   Free         OWNED -> FREE, Level::JoinUp
 *   init         TakeBack of what the dead owned, then JoinAll
 *   killer       kill -9 at any moment
 *
 * Smaller than there: UNITS units, whose one block is free in the beginning; each of two processes
 * allocates once, of order ORDER_1 and ORDER_2, and frees; a search finds any free block that is large
 * enough, or settles any half-done one, TRIES times at most; HELD is not told from OWNED; attempts are not counted, and an
 * AdvanceJoin that settles the offer of another join leaves a join that it meets there to the next look.
 *
 * Properties (SHM-42, G-SHM-3): after every change the words that count tile the arena; no unit is allocated twice; in the
 * end, after the dead was taken back, everything is one free block again.
 *
 * Mutants, each of which has to be found:
 *   NO_OFFER     a join is decided without taking the upper half out of circulation first
 *   BLIND_SPLIT  who finishes a split does not make sure, between its looks, that it still goes on
 *   NO_JOIN_ALL  nobody goes on with what a dead process left half done
 */
#ifndef ORDER_1
#define ORDER_1 0
#endif
#ifndef ORDER_2
#define ORDER_2 0
#endif
#ifndef TRIES
#define TRIES 2
#endif
#define UNITS 4
#define TOP 2
#define PROCESSES 2
#define LAST 3

#define CLEAR 0
#define FREE 1
#define SPLITTING 2
#define JOINING 3
#define JOINED 4
#define OFFERED 5
#define OWNED 6

byte state[UNITS], order[UNITS], payload[UNITS], sequence[UNITS];
bool killed[LAST + 1];

/* What is true, known to the checker alone: who uses a unit. */
byte used[UNITS];

/* Inside a d_step: the words that count tile the arena. */
hidden byte y, z;
inline CheckTiling() {
  y = 0;
  z = 0;
  do
  :: y < UNITS ->
    assert(y == z || state[y] == CLEAR || (state[y] == OFFERED && y >= (1 << order[y]) &&
           state[y - (1 << order[y])] == JOINED &&
           sequence[y - (1 << order[y])] == payload[y] + 1));
    if
    :: y == z ->
      assert(state[y] != CLEAR);
      if
      :: state[y] == JOINED -> z = z + (2 << order[y])
      :: state[y] == SPLITTING && state[y + (1 << (order[y] - 1))] != CLEAR ->
        z = z + (1 << (order[y] - 1))
      :: else -> z = z + (1 << order[y])
      fi
    :: else
    fi;
    y++
  :: else -> break
  od;
  assert(z == UNITS);
  y = 0;
  z = 0
}

/* ok: the word was the one with sequence q. */
inline Change(u, q, to, to_order, to_payload) {
  d_step {
    ok = (sequence[u] == (q));
    if
    :: ok ->
      state[u] = to;
      order[u] = to_order;
      payload[u] = to_payload;
      sequence[u] = sequence[u] + 1;
      CheckTiling()
    :: else
    fi
  }
}

/* Above: as, ao, ap, aq. Below: bs, bo, bq. */
inline LoadAbove(u) {
  d_step { as = state[u]; ao = order[u]; ap = payload[u]; aq = sequence[u] }
}
inline LoadBelow(u) {
  d_step { bs = state[u]; bo = order[u]; bq = sequence[u] }
}
inline Forget() {
  d_step {
    as = 0; ao = 0; ap = 0; aq = 0; bs = 0; bo = 0; bq = 0; v = 0;
    ok = false; advance = false
  }
}

inline FinishSplit(h, q, k) {
  LoadAbove(h + (1 << (k - 1)));
  if
#ifdef BLIND_SPLIT
  :: false
#else
  :: sequence[h] != q
#endif
  :: else ->
    if
    :: as == CLEAR -> Change(h + (1 << (k - 1)), aq, FREE, k - 1, 0)
    :: else
    fi;
    Change(h, q, FREE, k - 1, 0)
  fi
}

inline FinishJoin(l, q, k) {
  LoadAbove(l + (1 << k));
  if
  :: sequence[l] != q
  :: else ->
    if
    :: as == OFFERED -> Change(l + (1 << k), aq, CLEAR, 0, 0)
    :: else
    fi;
    Change(l, q, FREE, k + 1, 0)
  fi
}

/* Of the OFFERED in as, ao, ap, aq at v; advance: its JOINING, in bs, bo, bq, goes on. */
inline SettleOffer() {
  LoadBelow(v - (1 << ao));
  advance = (bs == JOINING && bo == ao && bq == ap);
  if
  :: advance
  :: bs == JOINED && bo == ao && bq == ap + 1 -> FinishJoin(v - (1 << bo), bq, bo)
  :: !advance && !(bs == JOINED && bo == ao && bq == ap + 1) -> Change(v, aq, FREE, ao, 0)
  fi
}

/* Of the JOINING bq of order bo at l; go: false when it is given up. */
inline AdvanceJoin(l) {
  go = true;
  LoadAbove(l + (1 << bo));
  if
  :: sequence[l] != bq
  :: else ->
    if
    :: as == FREE && ao == bo ->
#ifdef NO_OFFER
      Change(l, bq, JOINED, bo, 0)
#else
      Change(l + (1 << bo), aq, OFFERED, bo, bq)
#endif
    :: as == OFFERED && ao == bo && ap == bq -> Change(l, bq, JOINED, bo, 0)
    :: as == OFFERED && ao == bo && ap != bq -> v = l + (1 << bo); SettleOffer(); advance = false
    :: else -> Change(l, bq, FREE, bo, 0); go = !ok
    fi
  fi
}

/* go: the pair of order k at l is one free block. */
inline Join(l, k) {
  do
  :: LoadBelow(l);
    if
    :: bo > k && bs == SPLITTING && bo == k + 1 -> FinishSplit(l, bq, bo)
    :: bo > k && !(bs == SPLITTING && bo == k + 1) ->
      go = (bs == FREE || bs == JOINING || bs == JOINED || bs == OFFERED);
      break
    :: bo < k && !(bs == JOINED && bo == k - 1) -> go = false; break
    :: bo < k && bs == JOINED && bo == k - 1 -> FinishJoin(l, bq, bo)
    :: bo == k && bs == JOINED -> FinishJoin(l, bq, bo)
    :: bo == k && bs == JOINING ->
      AdvanceJoin(l);
      if
      :: !go -> break
      :: else
      fi
    :: bo == k && bs == FREE ->
      LoadAbove(l + (1 << k));
      if
      :: as == OFFERED && ao == k ->
        v = l + (1 << k);
        SettleOffer();
        if
        :: advance -> AdvanceJoin(l)
        :: else
        fi
      :: k > 0 && as == JOINED && ao == k - 1 -> FinishJoin(l + (1 << k), aq, ao)
      :: as == FREE && ao == k -> Change(l, bq, JOINING, k, 0)
      :: else -> go = false; break
      fi
    :: bo == k && bs != FREE && bs != JOINING && bs != JOINED -> go = false; break
    fi;
    Forget()
  od;
  v = 0;
  Forget()
}

inline JoinUp() {
  do
  :: k < TOP ->
    w = u & (7 - (1 << k));
    Join(w, k);
    if
    :: go -> d_step { u = w; k++; go = false }
    :: else -> break
    fi
  :: else -> break
  od;
  go = false;
  w = 0
}

inline Free() {
  Change(u, bq, FREE, k, 0);
  assert(ok);
  JoinUp()
}

/* Takes the lowest part of order `wanted` out of the block u of order k that was seen FREE with bq. */
inline Take(wanted, me) {
  done = false;
  if
  :: k == wanted -> Change(u, bq, OWNED, k, me); done = ok; bq++
  :: else ->
    Change(u, bq, SPLITTING, k, 0);
    bq++;
    do
    :: !ok || k == wanted -> break
    :: else ->
      LoadAbove(u + (1 << (k - 1)));
      ok = (sequence[u] == bq);
      if
      :: ok ->
        if
        :: as == CLEAR -> Change(u + (1 << (k - 1)), aq, FREE, k - 1, 0)
        :: else
        fi;
        if
        :: k - 1 == wanted -> Change(u, bq, OWNED, k - 1, me)
        :: else -> Change(u, bq, SPLITTING, k - 1, 0)
        fi;
        d_step { bq++; k--; done = (ok && k == wanted) }
      :: else
      fi
    od
  fi;
  done = (done && ok)
}

inline Settle() {
  if
  :: bs == SPLITTING -> FinishSplit(u, bq, bo)
  :: bs == JOINING || bs == JOINED -> k = bo; Join(u, k)
  :: bs == OFFERED ->
    v = u;
    d_step { as = bs; ao = bo; ap = payload[u]; aq = bq; ok = (sequence[u] == bq) }
    if
    :: ok ->
      SettleOffer();
      if
      :: advance -> u = v - (1 << bo); AdvanceJoin(u)
      :: else
      fi
    :: else
    fi
  fi
}

#define FIND(x) \
    :: d_step { \
        state[x] == FREE && order[x] >= wanted; \
        u = x; k = order[x]; bq = sequence[x]; bs = FREE \
      } \
    :: d_step { \
        state[x] >= SPLITTING && state[x] <= OFFERED; \
        u = x; bs = state[x]; bo = order[x]; bq = sequence[x] \
      }

proctype Process(byte me; byte wanted) {
  byte as, ao, ap, aq, bs, bo, bq, u, v, w, k, i, tries;
  bool ok, advance, go, done;
  {
    do
    :: if
       FIND(0)
       FIND(1)
       FIND(2)
       FIND(3)
       fi;
      if
      :: bs == FREE ->
        Take(wanted, me);
        if
        :: done -> break
        :: else
        fi
      :: else -> Settle()
      fi;
      d_step { u = 0; k = 0; go = false; tries++ }
      Forget();
      if
      :: tries == TRIES -> break
      :: else
      fi
    od;
    tries = 0;
    if
    :: !done -> goto gone
    :: else
    fi;
    d_step {
      for (i : u .. u + (1 << k) - 1) {
        assert(used[i] == 0);
        used[i] = me
      }
      i = 0; ao = 0; ap = 0; aq = 0; bs = 0; bo = 0; done = false
    }
    d_step {
      for (i : u .. u + (1 << k) - 1) { used[i] = 0 }
      i = 0
    }
    Free();
gone:
    u = 0
  } unless { killed[me] };
  d_step {
    u = 0; k = 0; i = 0; tries = 0; go = false; done = false; as = 0; ao = 0; ap = 0; aq = 0; bs = 0; bo = 0;
    bq = 0; v = 0; w = 0; ok = false; advance = false
  }
}

proctype Killer() {
  if
  :: killed[1] = true
  :: killed[2] = true
  :: skip
  fi
}

init {
  byte as, ao, ap, aq, bs, bo, bq, u, v, w, k, i;
  bool ok, advance, go;
  atomic {
    state[0] = FREE;
    order[0] = TOP;
    run Process(1, ORDER_1);
    run Process(2, ORDER_2);
    run Killer()
  }
  atomic {
    _nr_pr == 1;
    for (i : 0 .. UNITS - 1) {
      if
      :: state[i] == OWNED ->
        assert(killed[payload[i]]);
        u = i;
        k = order[i];
        bq = sequence[i];
        Free()
      :: else
      fi
    }
#ifndef NO_JOIN_ALL
    for (k : 0 .. TOP - 1) {
      for (u : 0 .. UNITS - 1) {
        if
        :: u % (2 << k) == 0 -> Join(u, k)
        :: else
        fi
      }
    }
#endif
    assert(state[0] == FREE && order[0] == TOP)
  }
}


