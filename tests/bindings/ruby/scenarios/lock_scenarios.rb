# frozen_string_literal: true

# Locks and semaphores.
class Scenarios
  define(:lock_try) do
    lock = Billiard::Lock.new
    outcomes = [lock.acquire, lock.acquire(timeout: 0)]
    lock.unlock
    "ok #{[*outcomes, lock.acquire(timeout: 0)].join(' ')}"
  end

  define(:lock_release_free) do
    lock = Billiard::Lock.new
    "#{error_naming('too many times') { lock.unlock }}; then ok #{lock.acquire}"
  end

  define(:lock_owner_died) do
    Billiard::Lock.open(object_name) do |lock|
      outcomes = []
      with_assistant("hold_lock") do |assistant|
        assistant.says
        outcomes << lock.acquire(timeout: 0)
        assistant.kill
        outcomes << lock.acquire << recovery(lock)
        lock.unlock
        outcomes << lock.acquire(timeout: 0) << recovery(lock)
      end
      "ok #{outcomes.join(' ')}"
    end
  end

  define(:lock_bad_name) { error_naming("name") { Billiard::Lock.open("a/b") } }

  define(:rlock_depth) do
    rlock = Billiard::RLock.new
    outcomes = Array.new(3) { rlock.acquire }
    3.times { rlock.unlock }
    "ok #{outcomes.join(' ')}; then #{error_naming('not owned') { rlock.unlock }}"
  end

  define(:semaphore_counts) do
    semaphore = Billiard::Semaphore.new(2)
    outcomes = Array.new(3) { semaphore.acquire(timeout: 0) } << semaphore.value
    semaphore.post
    "ok #{[*outcomes, semaphore.value].join(' ')}"
  end

  define(:semaphore_bounds) do
    semaphore = Billiard::BoundedSemaphore.new(1)
    over = error_naming("too many times") { semaphore.post }
    negative = error_naming("value") { Billiard::Semaphore.new(-1) }
    "#{over}; then ok #{semaphore.value}; then #{negative}"
  end

  define(:tracked_semaphore) do
    Billiard::Semaphore.open(object_name, 1, tracked: true) do |semaphore|
      outcomes = []
      with_assistant("hold_unit") do |assistant|
        assistant.says
        outcomes << semaphore.acquire(timeout: 0)
        assistant.kill
        outcomes << semaphore.acquire
      end
      "ok #{outcomes.join(' ')} returned=#{semaphore.returned}"
    end
  end

  def recovery(lock)
    lock.recovered? ? "recovered" : "clean"
  end
end
