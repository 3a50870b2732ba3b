package main

import (
	"fmt"
	"runtime"
	"strconv"

	"billiard"
)

func init() {
	assistantRoles["together"] = together
	assistantRoles["hold_together"] = holdTogether
	assistantRoles["set_event"] = setEvent
}

// A meeting is where one process per language uses the same objects at once.
type meeting struct {
	lock      *billiard.Lock
	event     *billiard.Event
	start     *billiard.Barrier
	recovered int
}

func openMeeting(name string, parties int) (at meeting, err error) {
	if at.lock, err = billiard.OpenLock(name + "-lock"); err != nil {
		return at, err
	}
	if at.event, err = billiard.OpenEvent(name + "-event"); err != nil {
		return at, err
	}
	at.start, err = billiard.OpenBarrier(name+"-start", parties)
	return at, err
}

// locked runs a part with the lock, and counts the dead that held it before.
func (at *meeting) locked(body func() error) error {
	return at.lock.With(forever, func() error {
		if at.lock.Recovered() {
			at.recovered++
		}
		return body()
	})
}

func (at *meeting) awaitEvent() error {
	say("ready")
	return at.event.Wait(forever)
}

// numbers reads the numeric arguments of a role.
func numbers(args []string, count int) ([]int, error) {
	if len(args) != count {
		return nil, fmt.Errorf("%d arguments instead of %d", len(args), count)
	}
	read := make([]int, count)
	for i, arg := range args {
		var err error
		if read[i], err = strconv.Atoi(arg); err != nil {
			return nil, err
		}
	}
	return read, nil
}

// addNotAtOnce adds in two steps: only a lock keeps others out between them.
func addNotAtOnce(array *billiard.SharedArray[int64], index int, number int64) error {
	before, err := array.Get(index)
	if err != nil {
		return err
	}
	return array.Set(index, before+number)
}

// shared are the objects that the rounds use beside those of the meeting.
type shared struct {
	end   *billiard.Barrier
	queue *billiard.Queue
	value *billiard.Value
	array *billiard.SharedArray[int64]
	sum   int64
}

func openShared(name string, finishers int) (all shared, err error) {
	if all.end, err = billiard.OpenBarrier(name+"-end", finishers); err != nil {
		return all, err
	}
	if all.queue, err = billiard.OpenQueue(name+"-queue", billiard.QueueOptions{}); err != nil {
		return all, err
	}
	if all.value, err = billiard.OpenValue(name+"-value", "q"); err != nil {
		return all, err
	}
	all.array, err = billiard.OpenSharedArray[int64](name+"-array", 3)
	return all, err
}

func (all *shared) round(at *meeting, owner billiard.Owner, number int) error {
	if err := all.queue.Put(forever, number); err != nil {
		return err
	}
	if err := at.locked(func() error { return addNotAtOnce(all.array, 0, 1) }); err != nil {
		return err
	}
	err := all.array.With(forever, owner, func() error { return addNotAtOnce(all.array, 1, 1) })
	if err != nil {
		return err
	}
	if _, err := all.value.Add(1); err != nil {
		return err
	}
	var message int64
	err = all.queue.Get(forever, &message)
	all.sum += message
	return err
}

func together(name string, args []string) error {
	sizes, err := numbers(args, 3) // parties, finishers, rounds
	if err != nil {
		return err
	}
	at, err := openMeeting(name, sizes[0])
	if err != nil {
		return err
	}
	all, err := openShared(name, sizes[1])
	if err != nil {
		return err
	}
	if err := at.awaitEvent(); err != nil {
		return err
	}
	if _, err := at.start.Wait(forever); err != nil {
		return err
	}
	owner := billiard.NewOwner()
	for number := 1; number <= sizes[2]; number++ {
		if err := all.round(&at, owner, number); err != nil {
			return err
		}
	}
	if err := at.locked(func() error { return addNotAtOnce(all.array, 2, all.sum) }); err != nil {
		return err
	}
	if _, err := all.end.Wait(forever); err != nil {
		return err
	}
	err = all.report(at.recovered)
	runtime.KeepAlive(&at)
	return err
}

// report prints what came of it, and keeps the objects open until all have read them.
func (all *shared) report(recovered int) error {
	counts, err := all.array.Read(0, 3)
	if err != nil {
		return err
	}
	total, err := all.value.Int()
	if err != nil {
		return err
	}
	fmt.Printf("%d %d %d %d size=%d recovered=%d\n",
		counts[0], counts[1], total, counts[2], all.queue.Len(), recovered)
	untilInputEnds()
	runtime.KeepAlive(all)
	return nil
}

func holdTogether(name string, args []string) error {
	sizes, err := numbers(args, 1)
	if err != nil {
		return err
	}
	at, err := openMeeting(name, sizes[0])
	if err != nil {
		return err
	}
	if err := at.awaitEvent(); err != nil {
		return err
	}
	return at.locked(func() error {
		if _, err := at.start.Wait(forever); err != nil {
			return err
		}
		say("held")
		untilInputEnds()
		return nil
	})
}

func setEvent(name string, _ []string) error {
	event, err := billiard.OpenEvent(name)
	if err != nil {
		return err
	}
	if err := event.Set(); err != nil {
		return err
	}
	say("done")
	return nil
}
