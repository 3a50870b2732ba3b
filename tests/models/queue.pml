/* The queue's order: publish, claim, and what recovery does after deaths.
 *
 * Code: billiard_core/queue/words.h, ring.cc, recovery.cc, TryPublish and TryTake of queue.cc, and of
 * shared_memory/block_heap.cc the owner word. One statement here is one access to shared memory there,
 * so that every interleaving and a death between any two accesses is looked at, in the sequentially
 * consistent order of memory.
 *
 *   here            there
 *   Fill, Publish   Queue::Fill, Ring::FindBack, Ring::Publish
 *   Take            Ring::FindFront, Ring::Claim, the copy, BlockHeap::Free
 *   MoveHead        Ring::MoveHead, FindFirst    Raise  Ring::Raise
 *   TakeBack ...    Recovery::TakeBackBlock and the functions that it calls
 *   killer          kill -9 at any moment
 *
 * Smaller than there: CAPACITY, a ring of CAPACITY + 1 cells, BLOCKS blocks, one message per producer and
 * one get per consumer, no end mark, no sizes (data is the message's number). Who finds the queue full or
 * empty may give up at any time: sleeping is the matter of event_count.h and of lock.pml.
 *
 * Properties (G-QUEUE-1): every message comes out at most once, and is never both got and counted as lost; what was
 * published is got or counted, once, and what was not is neither; a block is freed by its owner alone,
 * and none is in use in the end; nobody takes a sound ring for a damaged one. What a process remembers of
 * its earlier calls is a tail, or a head, that it might as well have walked to, so it is not modelled.
 *
 * Mutants, each of which has to be found:
 *   STALE_PLACE    a producer tags its block for a place that it saw before it had the block
 *   NO_RING_LOOK   recovery does not ask the ring whether a QUEUED block is published
 *   NO_NOTE        a loss is counted without noting its block
 *   NO_SECOND_LOOK recovery leaves a block alone when another recoverer was first at its tag: found by
 *                  this model, in the code as it was then (it takes two recoverers)
 */
#ifndef PRODUCERS
#define PRODUCERS 2
#endif
#ifndef CONSUMERS
#define CONSUMERS 2
#endif
#ifndef RECOVERERS
#define RECOVERERS 1
#endif
#ifndef DEATHS
#define DEATHS 1
#endif
#ifndef BLOCKS
#define BLOCKS 3
#endif
#ifndef BEFORE
#define BEFORE 0 /* messages that are there at the beginning */
#endif
#ifndef CAPACITY
#define CAPACITY 2
#endif
#define CELLS (CAPACITY + 1)
#define STRIDE 2
#define START (CELLS - 1) /* the first position: the ring comes round soon */
#define MESSAGES (PRODUCERS + BEFORE)

#ifdef STALE_PLACE
#define STALE true
#else
#define STALE false
#endif

/* Owners: 1 .. PROCESSES may be killed; LAST looks at what is left. */
#define PROCESSES (PRODUCERS + CONSUMERS + RECOVERERS)
#define LAST (PROCESSES + 1)

/* {lap | block} and {state 2 | position 3 | owner 3}; 0: nothing has happened in this cell. */
#define CELL(lap, ref) ((lap) * 8 + (ref))
#define LAP(position) ((position) / CELLS + 1)
#define LAP_OF(c) ((c) / 8)
#define REF_OF(c) ((c) % 8)
#define NONE 0
#define QUEUED 1
#define READING 2
#define LOST 3
#define TAG(state, position, who) ((state) * 64 + (position) * 8 + (who))
#define STATE_OF(t) ((t) / 64)
#define POSITION_OF(t) (((t) / 8) % 8)
#define OWNER_OF(t) ((t) % 8)

byte cell[CELLS];
byte head, tail;
byte owner[BLOCKS + 1], tag[BLOCKS + 1], position_in[BLOCKS + 1], data[BLOCKS + 1];
byte lost_count, lost_noted;

bool killed[LAST + 1], over[LAST + 1], swept[LAST + 1];
byte unswept;         /* killed and not swept */
bool no_more_deaths;

/* What is true, known to the checker alone. */
byte published[MESSAGES + 1], got[MESSAGES + 1], counted[MESSAGES + 1];

inline Free(b, me) {
  tag[b] = 0;
  d_step { assert(owner[b] == me); owner[b] = 0 }
}

/* Before anything happens at this position. */
inline Raise(word, position) {
  if
  :: position >= word + STRIDE ->
    d_step {
      if
      :: word < position -> word = position
      :: else
      fi
    }
  :: else
  fi
}

/* The head to the first position that is not taken; ok: it was behind. Uses h and c. */
inline MoveHead(ok) {
  h = head;
  do
  :: c = cell[h % CELLS];
    if
    :: LAP_OF(c) < LAP(h) -> break
    :: LAP_OF(c) > LAP(h) -> assert(head > h); h = head
    :: LAP_OF(c) == LAP(h) ->
      d_step {
        ok = (STATE_OF(tag[REF_OF(c)]) == QUEUED && POSITION_OF(tag[REF_OF(c)]) == h);
        if
        :: !ok -> h++
        :: else
        fi
      }
      if
      :: ok -> break
      :: else
      fi
    fi
  od;
  c = 0;
  d_step {
    ok = (head < h);
    if
    :: ok -> head = h
    :: else
    fi;
    h = 0
  }
}

/* The end of the order, from t on: c is what its cell says. */
inline FindEnd() {
  do
  :: c = cell[t % CELLS];
    if
    :: LAP_OF(c) == LAP(t) -> t++
    :: LAP_OF(c) > LAP(t) -> assert(tail > t); t = tail
    :: LAP_OF(c) < LAP(t) -> assert(LAP_OF(c) + 1 == LAP(t)); break
    fi
  od
}

/* Into the queue with block b; done: false when it stayed full. */
inline Publish(b, me, done) {
  t = tail;
#ifdef STALE_PLACE
  FindEnd();
  Allocate(b, me);
#endif
  do
  ::
#ifndef STALE_PLACE
    FindEnd();
#endif
    Raise(tail, t);
    h = head;
    if
    :: h > t -> assert(cell[t % CELLS] != c)
    :: h <= t && t - h >= CAPACITY ->
      MoveHead(ok);
      if
      :: !ok -> done = false; break
      :: ok
      fi
    :: h <= t && t - h < CAPACITY ->
      d_step { position_in[b] = t; h = 0 }
      tag[b] = TAG(QUEUED, t, me);
      d_step {
        ok = (cell[t % CELLS] == c);
        if
        :: ok -> cell[t % CELLS] = CELL(LAP(t), b); published[data[b]]++
        :: else
        fi;
        c = 0
      }
      if
      :: ok -> done = true; break
      :: else
      fi
    fi
#ifdef STALE_PLACE
    ; FindEnd()
#endif
  od
}

/* One message out of the queue; done: false when it is empty. */
inline Take(me, done) {
  h = head;
  do
  :: c = cell[h % CELLS];
    if
    :: LAP_OF(c) < LAP(h) -> done = false; break
    :: LAP_OF(c) > LAP(h) -> assert(head > h); h = head
    :: LAP_OF(c) == LAP(h) ->
      d_step {
        b = REF_OF(c);
        g = tag[b];
        ok = (STATE_OF(g) == QUEUED && POSITION_OF(g) == h);
        if
        :: !ok -> h++; b = 0; g = 0
        :: else
        fi;
        c = 0
      }
      if
      :: ok ->
        Raise(head, h);
        d_step {
          ok = (tag[b] == g);
          g = 0;
          if
          :: ok -> tag[b] = TAG(READING, h, me)
          :: else -> b = 0
          fi
        }
        if
        :: ok ->
          owner[b] = me;
          m = data[b];
          /* From here on it is the caller's; before, its reader's death loses it. */
          d_step {
            tag[b] = 0;
            got[m]++;
            assert(got[m] + counted[m] == 1 && published[m] == 1)
          }
          d_step { assert(owner[b] == me); owner[b] = 0 }
          done = true;
          break
        :: else
        fi
      :: else
      fi
    fi
  od
}

/* Recovery; all of it on behalf of me, about the dead process x, of block b whose tag was g. */
inline ReclaimUnpublished(b, x, me) {
  d_step {
    ok = (owner[b] == x);
    if
    :: ok -> owner[b] = me
    :: else
    fi
  }
  if
  :: ok -> Free(b, me)
  :: else
  fi
}

inline FreeLost(b, me) {
  d_step { n = lost_count; r = lost_noted }
  if
  :: r == b ->
    d_step {
      if
      :: lost_count == n && lost_noted == r -> lost_noted = 0
      :: else
      fi
    }
  :: else
  fi;
  owner[b] = me;
  Free(b, me)
}

/* Of the losses {n | r} that were seen. */
inline FinishNoted(me) {
  q = r;
  k = tag[q];
  d_step { ok = (lost_count == n && lost_noted == r); }
  if
  :: ok ->
    mine = false;
    if
    :: STATE_OF(k) == READING ->
      d_step {
        mine = (tag[q] == k);
        if
        :: mine -> tag[q] = TAG(LOST, POSITION_OF(k), me)
        :: else
        fi
      }
    :: else
    fi;
    d_step {
      if
      :: lost_count == n && lost_noted == r -> lost_noted = 0
      :: else
      fi
    }
    if
    :: mine -> mine = false; FreeLost(q, me)
    :: else
    fi
  :: else
  fi
}

inline CountLoss(b, me) {
#ifdef NO_NOTE
  d_step {
    ok = (tag[b] == g);
    if
    :: ok -> lost_count++; counted[data[b]]++;
      assert(got[data[b]] + counted[data[b]] == 1)
    :: else
    fi
  }
  if
  :: ok ->
    d_step {
      ok = (tag[b] == g);
      if
      :: ok -> tag[b] = TAG(LOST, POSITION_OF(g), me)
      :: else
      fi
    }
    if
    :: ok -> FreeLost(b, me)
    :: else
    fi
  :: else
  fi
#else
  do
  :: d_step { n = lost_count; r = lost_noted }
    if
    :: r != 0 -> FinishNoted(me)
    :: else ->
      if
      :: tag[b] != g -> break
      :: tag[b] == g ->
        d_step {
          ok = (lost_count == n && lost_noted == 0);
          if
          :: ok ->
            lost_count = n + 1;
            lost_noted = b;
            n = n + 1;
            r = b;
            counted[data[b]]++;
            assert(got[data[b]] + counted[data[b]] == 1)
          :: else
          fi
        }
        if
        :: ok -> FinishNoted(me); break
        :: else
        fi
      fi
    fi
  od;
  n = 0
#endif
}

inline TakeBackBlock(b, x, me) {
  do
  :: o = owner[b];
    if
    :: o == 0 -> break
    :: else
    fi;
    g = tag[b];
    if
    :: STATE_OF(g) == READING && OWNER_OF(g) == x -> CountLoss(b, me); break
    :: STATE_OF(g) == LOST && OWNER_OF(g) == x ->
      d_step {
        ok = (tag[b] == g);
        if
        :: ok -> tag[b] = TAG(LOST, POSITION_OF(g), me)
        :: else
        fi
      }
      if
      :: ok -> FreeLost(b, me)
      :: else
      fi;
      break
    :: STATE_OF(g) == QUEUED && o == x && OWNER_OF(g) == x ->
      p = position_in[b];
#ifdef NO_RING_LOOK
      ok = true;
#else
      d_step { ok = !(p == POSITION_OF(g) && cell[p % CELLS] == CELL(LAP(p), b)); }
#endif
      if
      :: ok ->
        d_step {
          ok = (tag[b] == g);
          if
          :: ok -> tag[b] = 0
          :: else
          fi
        }
        if
        :: ok -> ReclaimUnpublished(b, x, me); break
        :: else /* claimed, or another recoverer was first and may have died since: look again */
#ifdef NO_SECOND_LOOK
          -> break
#endif
        fi
      :: else -> break
      fi
    :: STATE_OF(g) == NONE && o == x -> ReclaimUnpublished(b, x, me); break
    :: else -> break
    fi
  od;
  o = 0
}

inline TakeBack(x, me) {
  b = 1;
  do
  :: b <= BLOCKS ->
    TakeBackBlock(b, x, me);
    d_step { b++; c = 0; g = 0; h = 0; k = 0; n = 0; o = 0; p = 0; q = 0; r = 0; ok = false }
  :: b > BLOCKS -> break
  od;
  b = 0;
  d_step {
    if
    :: !swept[x] -> swept[x] = true; unswept--
    :: else
    fi
  }
}

#if PRODUCERS > 0
inline Allocate(b, me) {
  d_step {
    i = 1;
    do
    :: i <= BLOCKS ->
      if
      :: b == 0 && owner[i] == 0 -> owner[i] = me; b = i
      :: else
      fi;
      i++
    :: i > BLOCKS -> break
    od;
    i = 0;
    data[b] = me + BEFORE
  }
}

proctype Producer(byte me) {
  byte b, t, h, c, i;
  bool ok, done;
  {
#ifndef STALE_PLACE
    Allocate(b, me);
#endif
    if
    :: b != 0 || STALE ->
      Publish(b, me, done);
      if
      :: done -> assert(published[me + BEFORE] == 1)
      :: else -> Free(b, me)
      fi
    :: else /* no memory */
    fi
  } unless { killed[me] };
  d_step { over[me] = true; b = 0; t = 0; h = 0; c = 0; ok = false; done = false }
}
#endif

#if CONSUMERS > 0
proctype Consumer(byte me) {
  byte b, h, c, g, m;
  bool ok, done;
  {
    Take(me, done);
    done = false
  } unless { killed[me] };
  d_step { over[me] = true; b = 0; h = 0; c = 0; g = 0; m = 0; ok = false; done = false }
}
#endif

#if RECOVERERS > 0
proctype Recoverer(byte me) {
  byte b, c, h, g, k, n, o, p, q, r, x;
  bool ok, mine;
  {
    do
    :: d_step {
        unswept > 0 ->
        for (x : 1 .. PROCESSES) {
          if
          :: killed[x] && !swept[x] -> b = x
          :: else
          fi
        }
        x = b
      }
      TakeBack(x, me)
    :: unswept == 0 && no_more_deaths -> break
    od;
    x = 0
  } unless { killed[me] };
  d_step {
    over[me] = true;
    b = 0; c = 0; h = 0; g = 0; k = 0; n = 0; o = 0; p = 0; q = 0; r = 0; x = 0;
    ok = false;
    mine = false
  }
}
#endif

/* Producers are alike, and so are the others: the first of each kind may be killed. */
proctype Killer() {
  byte i;
  for (i : 1 .. DEATHS) {
    if
#if PRODUCERS > 0
    :: atomic { !over[1] && !killed[1] -> killed[1] = true; unswept++ }
#endif
#if CONSUMERS > 0
    :: atomic {
        !over[PRODUCERS + 1] && !killed[PRODUCERS + 1] -> killed[PRODUCERS + 1] = true;
        unswept++
      }
#endif
#if DEATHS > 1
    :: atomic {
        !over[PROCESSES] && !killed[PROCESSES] -> killed[PROCESSES] = true;
        unswept++
      }
#endif
    :: break
    fi
  }
  no_more_deaths = true
}

init {
  byte b, c, g, h, i, k, m, n, o, p, q, r, x;
  bool ok, mine, done;
  d_step {
    /* Block 1 came through there, a lap ago. */
    for (i : 0 .. START - 1) { cell[i] = CELL(1, 1) }
    head = START;
    tail = START;
#if BEFORE > 0
    for (i : 1 .. BEFORE) {
      owner[i] = LAST;
      data[i] = i;
      position_in[i] = START + i - 1;
      tag[i] = TAG(QUEUED, position_in[i], LAST);
      cell[position_in[i] % CELLS] = CELL(LAP(position_in[i]), i);
      published[i] = 1
    }
#endif
    i = 0
  }
  atomic {
#if PRODUCERS > 0
    for (i : 1 .. PRODUCERS) { run Producer(i) }
#endif
#if CONSUMERS > 0
    for (i : 1 .. CONSUMERS) { run Consumer(PRODUCERS + i) }
#endif
#if RECOVERERS > 0
    for (i : 1 .. RECOVERERS) { run Recoverer(PRODUCERS + CONSUMERS + i) }
#endif
    run Killer();
    i = 0
  }
  /* When all are at their ends, the last one takes back what is left, and takes what there is. */
  atomic {
    _nr_pr == 1;
    for (i : 1 .. PROCESSES) {
      if
      :: killed[i] && !swept[i] -> x = i; TakeBack(x, LAST)
      :: else
      fi
    }
    do
    :: Take(LAST, done);
      if
      :: !done -> break
      :: done
      fi
    od;
    for (i : 1 .. BLOCKS) { assert(owner[i] == 0 && tag[i] == 0) }
    k = 0;
    for (i : 1 .. MESSAGES) {
      assert(got[i] + counted[i] == published[i]);
      k = k + counted[i]
    }
    assert(lost_count == k && lost_noted == 0)
  }
}
