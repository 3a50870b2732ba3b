# frozen_string_literal: true

module Billiard
  # Who owns a recursive lock: a fiber, as with Ruby's own Mutex and Monitor. (A thread that uses no
  # fibers is one fiber.) Fibers of one thread exclude each other, which a fiber scheduler needs.
  # @api private
  module Owner
    LOADED_BY = ::Process.pid

    class << self
      # @return [Integer] never given to two fibers of a process, also not to a later one; the library
      #   adds the process, so that a forked child owns nothing
      def current
        Fiber.current.object_id
      end

      # @return [String, nil] what texts call this owner; nil: the process's name, which says all for
      #   the main thread
      def name
        return if Thread.current == Thread.main

        process = ::Process.pid == LOADED_BY ? "MainProcess" : "Process-#{::Process.pid}"
        "#{process}|#{Thread.current.name || 'Thread'}"
      end
    end
  end
  private_constant :Owner
end
