# frozen_string_literal: true

# The objects that one process per language changes at once (check.py --together), and its part.
class SharedByAll
  attr_reader :event, :start, :finish

  def initialize(name, parties, finishers)
    @lock = Billiard::Lock.open("#{name}-lock")
    @event = Billiard::Event.open("#{name}-event")
    @start = Billiard::Barrier.open("#{name}-start", parties)
    @finish = Billiard::Barrier.open("#{name}-end", finishers)
    @queue = Billiard::Queue.open("#{name}-queue")
    @value = Billiard::Value.open("#{name}-value", "q")
    @array = Billiard::Array.open("#{name}-array", "q", 3)
    @recovered = 0
  end

  def change(rounds)
    sum = (1..rounds).sum do |round|
      @queue.put(round)
      with_lock { @array[0] = @array[0] + 1 }
      @array.synchronize { @array[1] = @array[1] + 1 }
      @value.fetch_add(1)
      @queue.get
    end
    with_lock { @array[2] = @array[2] + sum }
  end

  # @return [String]
  def state
    "#{@array[0]} #{@array[1]} #{@value.value} #{@array[2]} size=#{@queue.size} recovered=#{@recovered}"
  end

  private

  def with_lock
    @lock.synchronize do
      @recovered += 1 if @lock.recovered?
      yield
    end
  end
end
