# frozen_string_literal: true

module Billiard
  # Forks that the library makes through Ruby, with all hooks around ::Process._fork.
  # @api private
  module Forking
    # One fork at a time: the library keeps other forks waiting while Process._fork runs, in which Ruby may let
    # another thread go on; that one must not wait inside the library, where it would keep the GVL.
    def self.alone(&block)
      lock_of_this_process.synchronize(&block)
    end

    # A forked child goes on inside its parent's lock, and has one of its own.
    def self.lock_of_this_process
      unless @owner == ::Process.pid
        @lock = Mutex.new
        @owner = ::Process.pid
      end
      @lock
    end
    private_class_method :lock_of_this_process

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
