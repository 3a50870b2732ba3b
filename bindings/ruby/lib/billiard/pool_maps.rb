# frozen_string_literal: true

module Billiard
  # One task over many items; part of Pool.
  module PoolMaps
    # Runs a task for each item and waits for the values, in the order of the items. The items are sent
    # in chunks, each of which is one job: one set of limits, one step towards max_tasks_per_child.
    #
    # @param task [Symbol, String] its name
    # @param items [Enumerable] each the one argument of a call
    # @param chunk_size [Integer, nil] items a job; nil: as many as make four jobs a worker
    # @param timeout [Numeric, nil] seconds to wait for the values; when they are over the jobs go on
    # @param options [Hash] those of Pool#apply_async; they hold for each job
    # @return [Array]
    # @raise see Pool#apply_async and Outcome#value; the first job that fails decides
    def map(task, items, timeout: nil, **options)
      result = map_async(task, items, **options)
      result.value(timeout: timeout)
    ensure
      result&.release
    end

    # As #map, without the wait.
    #
    # @return [MapResult]
    # @raise see Pool#apply_async
    def map_async(task, items, chunk_size: nil, **options)
      submit_map(task, Items.new(items), chunk_size, options)
    end

    # As #map, where each item is an Array of arguments.
    #
    # @return [Array]
    def starmap(task, items, timeout: nil, **options)
      result = starmap_async(task, items, **options)
      result.value(timeout: timeout)
    ensure
      result&.release
    end

    # As #starmap, without the wait.
    #
    # @return [MapResult]
    def starmap_async(task, items, chunk_size: nil, **options)
      submit_map(task, Items.new(items, spread: true), chunk_size, options)
    end

    # Runs a task for items that are read while it runs, and gives the values in the order of the items.
    # The items may be without end: at most look_ahead jobs are out at a time. (Items that are no Array
    # are read by a fiber: the iterator must then be used by the thread that made it.)
    #
    # @param task [Symbol, String] its name
    # @param items [Enumerable] each the one argument of a call
    # @param chunk_size [Integer] items a job; they fail alone, and are lost together
    # @param look_ahead [Integer, nil] jobs out at a time; nil: four a worker
    # @param options [Hash] those of Pool#apply_async but callbacks; they hold for each job
    # @yield [value] each value; then the iterator is closed
    # @return [ImapIterator, nil] nil with a block
    # @raise see Pool#apply_async and ImapIterator#next
    def imap(task, items, **options, &block)
      iterate(task, items, 1, options, &block)
    end

    # The same; the values come in the order in which their jobs end.
    #
    # @return [ImapIterator, nil] nil with a block
    def imap_unordered(task, items, **options, &block)
      iterate(task, items, 0, options, &block)
    end

    private

    def submit_map(task, items, chunk_size, options)
      name = Tasks.name(task)
      size = check_size(chunk_size, "chunk_size")
      checked = job_options(options)
      batch = batch_of(items, checked)
      registered(checked) do
        handle = submit(checked) do |limit_ns|
          Native.bpi_map_async(@handle, name, batch, size, checked.native, limit_ns)
        end
        MapResult.new(handle, self, checked)
      end
    end

    def batch_of(items, options)
      batch = Native.bpi_batch_new
      index = 0
      items.each do |arguments|
        bytes = options.encode(arguments, "item #{index}: argument")
        Native.bpi_batch_add(batch, bytes, options.format)
        index += 1
      end
      batch
    end

    def iterate(task, items, ordered, options)
      iterator = begin_iteration(task, items, ordered, **options)
      return iterator unless block_given?

      begin
        iterator.each { |value| yield value }
        nil
      ensure
        iterator.close
      end
    end

    def begin_iteration(task, items, ordered, chunk_size: 1, look_ahead: nil, **options)
      name = Tasks.name(task)
      size = check_size(chunk_size, "chunk_size")
      ahead = check_size(look_ahead, "look_ahead")
      checked = job_options({ notify: false, **options })
      raise ArgumentError, "an iteration calls no callbacks" if checked.callbacks

      arguments = Items.new(items)
      handle = submit(checked) do |limit_ns|
        Native.bpi_imap(@handle, name, ordered, size, ahead, checked.native, limit_ns)
      end
      ImapIterator.new(handle, arguments, checked)
    end

    def check_size(size, name)
      return 0 if size.nil?
      raise TypeError, "#{name} must be an Integer, not #{size.class}" unless size.is_a?(Integer)
      return size if size.between?(1, (2**32) - 1)

      raise ArgumentError, "#{name} must be at least 1, got #{size}"
    end
  end
end
