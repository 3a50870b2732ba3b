package main

import (
	"io/fs"
	"path/filepath"
	"strings"
)

// listFiles returns the paths of all regular files, relative to the folder, and how many
// directories it could not read.
func listFiles(folder string) (files []string, unreadable int) {
	root := strings.TrimSuffix(folder, "/") + "/" // the folder itself may be a symbolic link
	filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		relative := strings.TrimPrefix(strings.TrimPrefix(path, root), "/")
		switch {
		case err != nil:
			printUnreadable(relative, reason(err))
			unreadable++
		case entry.Type().IsRegular():
			files = append(files, relative)
		}
		return nil
	})
	return files, unreadable
}
