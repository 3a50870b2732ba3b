package main

import (
	"fmt"
	"strings"

	"billiard"
)

func init() {
	scenarios["value_basics"] = valueBasics
	scenarios["value_range"] = valueRange
	scenarios["value_typecode"] = valueTypecode
	scenarios["value_shared"] = valueShared
	scenarios["value_structure"] = valueStructure
	scenarios["value_by_id"] = valueByID
	scenarios["array_basics"] = arrayBasics
	scenarios["array_characters"] = arrayCharacters
	scenarios["array_view"] = arrayView
}

func valueBasics(on *stage) (string, error) {
	value, err := billiard.NewSharedValue(int32(7))
	if err != nil {
		return "", err
	}
	defer value.Close()
	first, err := value.Load()
	if err != nil {
		return "", err
	}
	if err := value.Store(-3); err != nil {
		return "", err
	}
	before, err := value.Add(5)
	if err != nil {
		return "", err
	}
	swap := func() (bool, error) { return value.CompareAndSwap(2, 9) }
	swaps, err := tries(swap, swap)
	if err != nil {
		return "", err
	}
	last, err := value.Load()
	return fmt.Sprintf("ok %d %d %s %d", first, before, swaps, last), err
}

func valueRange(on *stage) (string, error) {
	strict, err := billiard.NewValue("b")
	if err != nil {
		return "", err
	}
	defer strict.Close()
	outcome := naming(strict.SetInt(200), "200")
	wrapping, err := billiard.NewValue("b", billiard.Wrapping())
	if err != nil {
		return "", err
	}
	defer wrapping.Close()
	if err := wrapping.SetInt(200); err != nil {
		return "", err
	}
	number, err := wrapping.Int()
	return fmt.Sprintf("%s; then ok %d", outcome, number), err
}

func valueTypecode(on *stage) (string, error) {
	_, err := billiard.NewValue("z")
	return naming(err, "type"), nil
}

func valueShared(on *stage) (string, error) {
	value, err := billiard.OpenValue(on.objectName(), "q")
	if err != nil {
		return "", err
	}
	defer value.Close()
	helper, err := on.start("add", on.objectName(), "1000")
	if err != nil {
		return "", err
	}
	defer helper.end()
	if err := addTimes(value, 1000); err != nil {
		return "", err
	}
	if err := helper.says("done"); err != nil {
		return "", err
	}
	helper.end()
	sum, err := value.Int()
	return fmt.Sprint("ok ", sum), err
}

func valueStructure(on *stage) (string, error) {
	value, err := billiard.NewValue("x:d,n:i")
	if err != nil {
		return "", err
	}
	defer value.Close()
	if err := value.Field("x").SetFloat(2.5); err != nil {
		return "", err
	}
	if err := value.Field("n").SetInt(7); err != nil {
		return "", err
	}
	n, err := value.Field("n").Int()
	if err != nil {
		return "", err
	}
	x, err := value.Field("x").Float()
	return fmt.Sprint("ok ", n, " ", x), err
}

func valueByID(on *stage) (string, error) {
	first, err := billiard.NewSharedValue(int32(7))
	if err != nil {
		return "", err
	}
	defer first.Close()
	second, err := billiard.AttachSharedValue[int32](nil, first.ID())
	if err != nil {
		return "", err
	}
	defer second.Close()
	if err := first.Store(8); err != nil {
		return "", err
	}
	seen, err := second.Load()
	return fmt.Sprint("ok ", seen), err
}

func arrayBasics(on *stage) (string, error) {
	array, err := billiard.SharedArrayOf([]int16{1, 2, 3})
	if err != nil {
		return "", err
	}
	defer array.Close()
	if err := array.Set(-1, -5); err != nil {
		return "", err
	}
	all, err := array.Read(0, array.Len())
	if err != nil {
		return "", err
	}
	_, after := array.Get(3)
	texts := strings.Trim(fmt.Sprint(all), "[]")
	return fmt.Sprintf("ok %s length=%d; then %s", texts, array.Len(), naming(after, "index")), nil
}

func arrayCharacters(on *stage) (string, error) {
	array, err := billiard.NewArray("c", 5)
	if err != nil {
		return "", err
	}
	defer array.Close()
	if err := array.SetText("ab"); err != nil {
		return "", err
	}
	text, err := array.Text()
	if err != nil {
		return "", err
	}
	data, err := array.Read(0, array.Len())
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("ok %s %x; then %s", text, data, naming(array.SetText("abcdef"), "6")), nil
}

func arrayView(on *stage) (string, error) {
	array, err := billiard.NewSharedArray[int32](1000)
	if err != nil {
		return "", err
	}
	defer array.Close()
	for i := range array.Slice() {
		array.Slice()[i] = int32(i * i)
	}
	all, err := array.Read(0, 1000)
	if err != nil {
		return "", err
	}
	sum := 0
	for _, number := range all {
		sum += int(number)
	}
	return fmt.Sprint("ok ", sum), nil
}
