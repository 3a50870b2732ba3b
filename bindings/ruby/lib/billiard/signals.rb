# frozen_string_literal: true

module Billiard
  # Signals as ::Process.kill takes them.
  # @api private
  module Signals
    class << self
      # @return [Integer] 0 for nil
      def number(signal)
        case signal
        when nil then 0
        when Integer then signal
        when String, Symbol
          Signal.list.fetch(signal.to_s.delete_prefix("SIG")) do
            raise ArgumentError, "signal must be a name or number of one, got #{signal.inspect}"
          end
        else raise TypeError, "signal must be an Integer, String or Symbol, not #{signal.class}"
        end
      end
    end
  end
  private_constant :Signals
end
