# frozen_string_literal: true

# The scenarios by name. A scenario's block runs with the helpers below and returns its outcome.
class Scenarios
  include Outcomes

  @all = {}

  class << self
    def define(name, &block)
      @all[name.to_s] = block
    end

    def names
      @all.keys
    end

    def play(name, nonce)
      new(name, nonce).instance_exec(&@all.fetch(name))
    rescue StandardError => e
      "unexpected #{e.full_message(highlight: false, order: :top).tr("\n\t", '  ')}"
    end
  end

  attr_reader :nonce

  def initialize(name, nonce)
    @name = name
    @nonce = nonce
  end

  def with_pool(**options, &block)
    Billiard::Pool.open(**options, &block)
  end

  def queue_name(suffix = "q")
    "#{nonce}-#{@name}-#{suffix}"
  end

  # Name of the object that a scenario shares with its assistant.
  def object_name
    "#{@name}-#{nonce}"
  end

  def with_assistant(role, *arguments, &block)
    Assistant.with(nonce, role, object_name, *arguments, &block)
  end

  def with_queue(suffix = "q", **limits, &block)
    Billiard::Queue.open(queue_name(suffix), **limits, &block)
  end

  # A pool of one worker, and a queue that holds it up: the block gets the pool, the queue, and the
  # result of a job that waits for a message.
  def with_held_worker(workers: 1)
    with_queue do |queue|
      with_pool(workers: workers) do |pool|
        yield pool, queue, pool.apply_async(:take, queue_name)
      end
    end
  end

  # @return [Billiard::WorkerInfo] the worker that has begun the job
  def wait_until_begun(pool, result)
    loop do
      worker = pool.workers.find { |each| each.busy? && each.job_id == result.job_id }
      return worker if worker

      sleep 0.001
    end
  end

  # What every pool must still do after a failure.
  def still_works(pool)
    "then ok #{pool.apply(:add, 40, 2)}"
  end
end
