# Sourced by the test runners.

# absolute_paths A:B:... prints the list with each folder under the current one.
absolute_paths() {
  local list="" folder
  local IFS=:
  for folder in $1; do
    list+="${list:+:}$PWD/$folder"
  done
  printf '%s' "$list"
}
