# frozen_string_literal: true

# How what happened is told.
module Outcomes
  WRONG_ARGUMENT = [ArgumentError, TypeError, IndexError, RangeError].freeze
  ERRORS = [Billiard::Error, *WRONG_ARGUMENT].freeze

  module_function

  # @return [String] "TIMEOUT"
  def status(error)
    return "INVALID" if WRONG_ARGUMENT.any? { |wrong| error.is_a?(wrong) }

    error.status_name
  end

  # The status of the error that the block ends in, or what it returned.
  def status_or_value
    yield.to_s
  rescue *ERRORS => e
    status(e)
  end

  # "error STATUS", when the block ends in one.
  def error
    "no error, but #{yield.inspect}"
  rescue *ERRORS => e
    "error #{status(e)}"
  end

  # "error STATUS naming TEXT", when the block ends in an error whose message has the text.
  def error_naming(text)
    "no error, but #{yield.inspect}"
  rescue *ERRORS => e
    return "error #{status(e)} naming #{text}" if e.message.include?(text)

    "error #{status(e)} message: #{e.message}"
  end
end
