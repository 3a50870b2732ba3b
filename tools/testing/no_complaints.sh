#!/bin/sh
# Fails if the file, what a checker wrote in the build, is not empty: no_complaints.sh FILE
cat "$1"
! [ -s "$1" ]
