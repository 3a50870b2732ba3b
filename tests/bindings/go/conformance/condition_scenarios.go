package main

import (
	"fmt"
	"time"

	"billiard"
)

func init() {
	scenarios["condition_timeout"] = conditionTimeout
	scenarios["condition_unowned"] = conditionUnowned
	scenarios["condition_wakes"] = conditionWakes
	scenarios["condition_wait_for"] = conditionWaitFor
}

func conditionTimeout(on *stage) (string, error) {
	condition, err := billiard.NewCondition()
	if err != nil {
		return "", err
	}
	defer condition.Close()
	owner := billiard.NewOwner()
	if err := condition.Acquire(forever, owner); err != nil {
		return "", err
	}
	short, cancel := within(50 * time.Millisecond)
	defer cancel()
	notified := condition.Wait(short, owner) == nil
	if err := condition.Release(owner); err != nil {
		return "", err
	}
	return fmt.Sprintf("ok %v released", notified), nil
}

func conditionUnowned(on *stage) (string, error) {
	condition, err := billiard.NewCondition()
	if err != nil {
		return "", err
	}
	defer condition.Close()
	owner := billiard.NewOwner()
	waited := naming(condition.Wait(forever, owner), "must acquire")
	return waited + "; then " + naming(condition.Notify(owner, 1), "not owned"), nil
}

func conditionWakes(on *stage) (string, error) {
	condition, err := billiard.OpenCondition(on.objectName())
	if err != nil {
		return "", err
	}
	defer condition.Close()
	helper, err := on.start("wait_condition", on.objectName())
	if err != nil {
		return "", err
	}
	defer helper.end()
	if err := helper.says("ready"); err != nil {
		return "", err
	}
	owner := billiard.NewOwner()
	if err := condition.With(forever, owner, func() error { return condition.Notify(owner, 1) }); err != nil {
		return "", err
	}
	line, err := helper.line()
	return "ok " + line, err
}

func conditionWaitFor(on *stage) (string, error) {
	condition, err := billiard.NewCondition()
	if err != nil {
		return "", err
	}
	defer condition.Close()
	owner := billiard.NewOwner()
	if err := condition.Acquire(forever, owner); err != nil {
		return "", err
	}
	atOnce := condition.WaitFor(forever, owner, func() bool { return true }) == nil
	short, cancel := within(50 * time.Millisecond)
	defer cancel()
	later := condition.WaitFor(short, owner, func() bool { return false }) == nil
	return fmt.Sprintf("ok %v %v", atOnce, later), condition.Release(owner)
}
