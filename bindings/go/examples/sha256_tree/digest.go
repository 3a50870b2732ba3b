package main

import (
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"os"
)

// fileDigest is what a worker finds out about a file.
type fileDigest struct {
	Sum   []byte
	Bytes int64
}

// digest is the task: it reads the file in pieces. Paths are bytes, since not every name is UTF-8.
func digest(path []byte) (fileDigest, error) {
	file, err := os.Open(string(path))
	if err != nil {
		return fileDigest{}, withoutPath(err)
	}
	defer file.Close()
	hash := sha256.New()
	bytes, err := io.Copy(hash, file)
	if err != nil {
		return fileDigest{}, withoutPath(err)
	}
	return fileDigest{Sum: hash.Sum(nil), Bytes: bytes}, nil
}

// withoutPath leaves the system's own words.
func withoutPath(err error) error {
	var wrapped *fs.PathError
	if errors.As(err, &wrapped) {
		return wrapped.Err
	}
	return err
}
