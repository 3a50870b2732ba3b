# frozen_string_literal: true

module Billiard
  # Forks that the library makes through Ruby, with all hooks around ::Process._fork.
  # @api private
  module Forking
    # What a hook raised is said in the error; to the library it is only a fork that failed.
    def self.explain
      yield
    rescue StartFailedError => e
      reason = Native.take_fork_error
      raise if reason.nil?

      raise Error.make(StartFailedError, "#{e.message}: #{reason.message} (#{reason.class})")
    end
  end
  private_constant :Forking
end
