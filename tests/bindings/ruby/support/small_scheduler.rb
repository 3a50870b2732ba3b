# frozen_string_literal: true

# The least fiber scheduler that Billiard's waits need: descriptors, sleeping, blocking with
# timeout. Fiber.set_scheduler(SmallScheduler.new) in a thread; its fibers run when the thread's
# block ends.
class SmallScheduler
  def initialize
    @reading = {} # fiber => IO
    @sleeping = {} # fiber => monotonic deadline or nil
    @unblocked = []
    @lock = Mutex.new
    @wake_reader, @wake_writer = IO.pipe
  end

  def fiber(&block)
    Fiber.new(blocking: false, &block).tap(&:resume)
  end

  def io_wait(io, events, timeout)
    raise NotImplementedError, "reading only" unless events == IO::READABLE

    @reading[Fiber.current] = io
    pause(timeout)
    @lock.synchronize { @ready_to_read&.delete(Fiber.current) } ? events : false
  ensure
    @reading.delete(Fiber.current)
  end

  def block(_blocker, timeout = nil)
    pause(timeout)
    !@woken_by_deadline
  end

  # May be called by any thread.
  def unblock(_blocker, fiber)
    @lock.synchronize { @unblocked << fiber }
    @wake_writer.write_nonblock(".", exception: false)
  end

  def kernel_sleep(seconds = nil)
    pause(seconds)
  end

  def close
    run
  ensure
    @wake_reader.close
    @wake_writer.close
  end

  def run
    step until @sleeping.empty?
  end

  private

  def now
    Process.clock_gettime(Process::CLOCK_MONOTONIC)
  end

  def pause(timeout)
    @sleeping[Fiber.current] = timeout && (now + timeout)
    Fiber.yield
  end

  def step
    readable, = IO.select([@wake_reader, *@reading.values.uniq], nil, nil, longest_pause)
    @wake_reader.read_nonblock(4096, exception: false) if readable&.include?(@wake_reader)
    by_io = @reading.select { |_fiber, io| readable&.include?(io) }.keys
    @ready_to_read = by_io.dup
    unblocked = @lock.synchronize { @unblocked.slice!(0..) }
    (by_io + unblocked).uniq.each { |fiber| wake(fiber, by_deadline: false) }
    overdue.each { |fiber| wake(fiber, by_deadline: true) }
  end

  def longest_pause
    deadline = @sleeping.values.compact.min
    deadline && [0, deadline - now].max
  end

  def overdue
    moment = now
    @sleeping.select { |_fiber, deadline| deadline && deadline <= moment }.keys
  end

  def wake(fiber, by_deadline:)
    return unless @sleeping.key?(fiber)

    @sleeping.delete(fiber)
    @woken_by_deadline = by_deadline
    fiber.resume
  end
end
