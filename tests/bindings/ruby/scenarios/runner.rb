# frozen_string_literal: true

# Plays the scenarios of bindings/conformance through Billiard's Ruby interface; what it is called
# with and prints is said in bindings/conformance/README.md.

require "billiard"
require_relative "notation"
require_relative "outcomes"
require_relative "assistant"
require_relative "shared_by_all"
require_relative "tasks"
require_relative "scenarios"
require_relative "job_scenarios"
require_relative "failure_scenarios"
require_relative "ending_scenarios"
require_relative "queue_scenarios"
require_relative "lock_scenarios"
require_relative "meeting_scenarios"
require_relative "value_scenarios"
require_relative "map_scenarios"
require_relative "limit_scenarios"
require_relative "host_scenarios"
require_relative "peer"
require_relative "connection_scenarios"
require_relative "process_scenarios"

# The command line.
module Runner
  module_function

  def main(words)
    $stdout.sync = true
    return puts(Scenarios.names) if words == ["--list"]

    nonce, *rest = words
    case rest.first
    when "--peer" then print_line("queue_between_languages", nonce, Peer.play(*rest.drop(1)))
    when "--assist" then Assistant::Roles.play(*rest.drop(1))
    else rest.each { |name| print_line(name, nonce, Scenarios.play(name, nonce)) }
    end
  end

  def print_line(name, nonce, outcome)
    puts [name, nonce, outcome].join("\t")
  end
end

Billiard.freeze_support
Runner.main(ARGV)
