# frozen_string_literal: true

module Billiard
  # The items of a map as the arguments of calls, one after the other.
  # @api private
  class Items
    # @param items [Enumerable]
    # @param spread [Boolean] whether each item is an Array of arguments rather than the one argument
    def initialize(items, spread: false)
      raise TypeError, "items must be Enumerable, not #{items.class}" unless items.respond_to?(:each)

      @spread = spread
      @items = items
      @next_index = 0
    end

    # An Array may be read by any thread. Anything else is read by a fiber, which belongs to the thread that
    # asks first.
    #
    # @return [Array] the arguments of the next call
    # @raise [StopIteration] there are no more
    # @raise what the items raise
    def next
      arguments(@items.is_a?(::Array) ? next_of_array : (@enumerator ||= @items.to_enum(:each)).next)
    end

    # Calls the block with the arguments of each call.
    def each
      @items.each { |item| yield arguments(item) }
    end

    private

    def next_of_array
      raise StopIteration if @next_index >= @items.size

      @next_index += 1
      @items[@next_index - 1]
    end

    def arguments(item)
      return [item] unless @spread
      return item if item.is_a?(::Array)

      raise TypeError, "an item must be an Array, not #{item.class}"
    end
  end
  private_constant :Items
end
