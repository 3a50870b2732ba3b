package idiom

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"billiard"
)

func listen(t testing.TB, address string, options billiard.ListenOptions) (listener *billiard.Listener, at string) {
	t.Helper()
	listener = made[*billiard.Listener](t)(billiard.Listen(address, options))
	at, err := listener.Address()
	must(t, err)
	return listener, at
}

// CONN-40 CONN-41 CONN-46
func TestClientsReachListenersOfEveryFamily(t *testing.T) {
	folder, err := os.MkdirTemp("/tmp", "billiard") // TempDir is too long for a socket
	must(t, err)
	defer os.RemoveAll(folder)
	for _, each := range []struct {
		address string
		family  billiard.Family
		starts  string
	}{
		{"", billiard.FamilyAny, "@"},
		{filepath.Join(folder, "socket"), billiard.FamilyUnix, folder},
		{"", billiard.FamilyInet, "127.0.0.1:"},
		{"[::1]:0", billiard.FamilyAny, "[::1]:"},
	} {
		listener, at := listen(t, each.address, billiard.ListenOptions{Family: each.family, Key: []byte("key")})
		if !strings.HasPrefix(at, each.starts) {
			t.Errorf("%q: listens at %q", each.address, at)
		}
		dialled := make(chan *billiard.Connection, 1)
		go func() {
			connection, err := billiard.Dial(background, at, billiard.DialOptions{Key: []byte("key")})
			if err != nil {
				t.Error(err)
			}
			dialled <- connection
		}()
		accepted := made[*billiard.Connection](t)(listener.Accept(background))
		client := <-dialled
		must(t, client.Send(background, "hello"))
		var text string
		must(t, accepted.Recv(background, &text))
		want(t, "text", text, "hello")
		must(t, client.Close())
		must(t, listener.Close())
		if _, err := os.Stat(each.address); each.family == billiard.FamilyUnix && !errors.Is(err, os.ErrNotExist) {
			t.Error("the file stays: ", err) // CONN-45
		}
	}
}

// CONN-44 CONN-64 UTIL-3
func TestAWrongKeyIsRefusedOnBothSidesAndTheNextClientIsAccepted(t *testing.T) {
	listener, at := listen(t, "", billiard.ListenOptions{Key: []byte("right")})
	outcome := make(chan error)
	dial := func(key string) {
		connection, err := billiard.Dial(background, at, billiard.DialOptions{Key: []byte(key)})
		if err == nil {
			connection.Close()
		}
		outcome <- err
	}
	go dial("wrong")
	_, err := listener.Accept(background)
	fails(t, err, billiard.ErrAuthentication, "")
	fails(t, <-outcome, billiard.ErrAuthentication, "")
	go dial("right")
	made[*billiard.Connection](t)(listener.Accept(background))
	must(t, <-outcome)
}

// G-CONN-5
func TestSilentClientsKeepNobodyWaiting(t *testing.T) {
	listener, at := listen(t, "", billiard.ListenOptions{Family: billiard.FamilyInet, Key: []byte("key")})
	for i := 0; i < 20; i++ {
		silent, err := net.Dial("tcp", at)
		must(t, err)
		defer silent.Close()
	}
	outcome := make(chan error)
	go func() {
		connection, err := billiard.Dial(background, at, billiard.DialOptions{Key: []byte("key")})
		if err == nil {
			defer connection.Close()
		}
		outcome <- err
	}()
	made[*billiard.Connection](t)(listener.Accept(background))
	must(t, <-outcome)
	if peer := listener.LastAccepted(); !strings.HasPrefix(peer, "127.0.0.1:") {
		t.Errorf("last accepted: %q", peer) // CONN-43
	}
	want(t, "dropped", listener.Dropped(), uint64(0))
}

func TestContextsAndCloseEndTheWaitForAClient(t *testing.T) {
	listener, at := listen(t, "", billiard.ListenOptions{})
	if _, err := listener.Accept(soon(t)); !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, billiard.ErrTimeout) {
		t.Error(err)
	}
	over := make(chan error)
	go func() {
		_, err := listener.Accept(background)
		over <- err
	}()
	eventually(func() bool { return waitingIn("(*readiness).wait(") > 0 })
	must(t, listener.Close())
	fails(t, <-over, billiard.ErrClosed, "closed")
	_, err := listener.Address()
	fails(t, err, billiard.ErrClosed, "closed")
	if _, err := billiard.Dial(background, at, billiard.DialOptions{}); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Error(err) // CONN-46
	}
	silent, err := net.Listen("tcp", "127.0.0.1:0") // accepts in the system alone
	must(t, err)
	defer silent.Close()
	_, err = billiard.Dial(soon(t), silent.Addr().String(), billiard.DialOptions{Key: []byte("key")})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	_, err = billiard.Dial(background, silent.Addr().String(), billiard.DialOptions{Key: []byte("key"), TimeLimit: time.Millisecond})
	if !errors.Is(err, billiard.ErrTimeout) || errors.Is(err, context.DeadlineExceeded) {
		t.Error(err) // CONN-49
	}
}

// CONN-40 CONN-47 CONN-48
func TestBadAddressesAndKeysAreNamed(t *testing.T) {
	for _, each := range []struct {
		address string
		options billiard.ListenOptions
		text    string
	}{
		{`\\.\pipe\name`, billiard.ListenOptions{}, "address"},
		{"/" + strings.Repeat("x", 108), billiard.ListenOptions{}, "address"},
		{"a\x00b", billiard.ListenOptions{}, "NUL"},
		{"", billiard.ListenOptions{Family: 9}, "family"},
		{"", billiard.ListenOptions{Key: []byte{}}, "key"},
		{"", billiard.ListenOptions{Backlog: -1}, "Backlog"},
		{"", billiard.ListenOptions{MaxPending: -1}, "MaxPending"},
		{"", billiard.ListenOptions{MaxMessage: -1}, "MaxMessage"},
		{"", billiard.ListenOptions{HandshakeTimeout: -2}, "HandshakeTimeout"},
	} {
		_, err := billiard.Listen(each.address, each.options)
		fails(t, err, billiard.ErrInvalid, each.text)
	}
	_, err := billiard.Dial(background, "", billiard.DialOptions{})
	fails(t, err, billiard.ErrInvalid, "address")
	_, err = billiard.Dial(background, "@x", billiard.DialOptions{Key: []byte{}})
	fails(t, err, billiard.ErrInvalid, "key")
	_, err = billiard.Dial(background, "@x", billiard.DialOptions{TimeLimit: -2})
	fails(t, err, billiard.ErrInvalid, "TimeLimit")
}

// CONN-60 CONN-61
func TestChallengesProveAKeyOverAnyConnection(t *testing.T) {
	first, second := pipe(t, billiard.PipeOptions{})
	for _, keys := range [][2]string{{"same", "same"}, {"one", "other"}} {
		outcome := make(chan error)
		go func() { outcome <- second.AnswerChallenge(background, []byte(keys[1])) }()
		delivered := first.DeliverChallenge(background, []byte(keys[0]))
		answered := <-outcome
		if keys[0] == keys[1] {
			must(t, firstOf(delivered, answered))
		} else {
			fails(t, delivered, billiard.ErrAuthentication, "digest received was wrong")
			fails(t, answered, billiard.ErrAuthentication, "digest sent was rejected")
		}
	}
	fails(t, first.DeliverChallenge(background, nil), billiard.ErrInvalid, "key")
}
