# frozen_string_literal: true

# Conditions, events, barriers.
class Scenarios
  define(:condition_timeout) do
    condition = Billiard::Condition.new
    condition.acquire
    notified = condition.wait(0.05)
    condition.unlock
    "ok #{notified} released"
  end

  define(:condition_unowned) do
    condition = Billiard::Condition.new
    waited = error_naming("must acquire") { condition.wait }
    "#{waited}; then #{error_naming('not owned') { condition.notify }}"
  end

  define(:condition_wakes) do
    Billiard::Condition.open(object_name) do |condition|
      with_assistant("wait_condition") do |assistant|
        assistant.says
        condition.synchronize { condition.notify }
        "ok #{assistant.says}"
      end
    end
  end

  define(:condition_wait_for) do
    condition = Billiard::Condition.new
    outcomes = condition.synchronize do
      [condition.wait_for { true }, condition.wait_for(0.05) { false }]
    end
    "ok #{outcomes.join(' ')}"
  end

  define(:event_basics) do
    event = Billiard::Event.new
    outcomes = [event.set?, event.wait(0)]
    event.set
    outcomes << event.wait
    event.clear
    "ok #{[*outcomes, event.set?].join(' ')}"
  end

  define(:event_wakes) do
    Billiard::Event.open(object_name) do |event|
      with_assistant("wait_event") do |assistant|
        assistant.says
        event.set
        "ok #{assistant.says}"
      end
    end
  end

  define(:barrier_meets) do
    Billiard::Barrier.open(object_name, 2) do |barrier|
      with_assistant("wait_barrier") do |assistant|
        assistant.says
        "ok #{[barrier.wait, Integer(assistant.says)].sort.join(' ')}"
      end
    end
  end

  define(:barrier_timeout) do
    barrier = Billiard::Barrier.new(2)
    outcomes = [status_or_value { barrier.wait(0) }, barrier.broken?,
                status_or_value { barrier.wait }]
    barrier.reset
    [*outcomes, barrier.broken?].join(" ")
  end

  define(:barrier_action) do
    count = 0
    barrier = Billiard::Barrier.new(1, action: -> { count += 1 })
    "ok #{barrier.wait} #{barrier.wait} action=#{count}"
  end

  define(:barrier_dead) do
    Billiard::Barrier.open(object_name, 2) do |barrier|
      with_assistant("wait_barrier") do |assistant|
        sleep 0.001 until barrier.waiting == 1
        assistant.kill
        status_or_value { barrier.wait }
      end
    end
  end

  define(:barrier_parties) { error_naming("parties") { Billiard::Barrier.new(0) } }
end
