# frozen_string_literal: true

module Billiard
  # A queue whose messages are counted until they are finished:
  #
  #   worker:  loop { work(queue.get); queue.task_done }
  #   others:  queue.join
  class JoinableQueue < Queue
    # @param options see Queue#initialize
    def initialize(**options)
      super(joinable: true, **options)
    end
  end
end
