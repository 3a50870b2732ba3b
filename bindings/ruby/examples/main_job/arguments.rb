# frozen_string_literal: true

# The command line: [--workers N] [--kill-one] [DIR].
class Arguments
  DEFAULT_FOLDER = "/usr/include"

  attr_reader :workers, :kill_one, :folder

  # Leaves the program with status 2 for a wrong call.
  def self.parse(words)
    new(words.dup)
  rescue ArgumentError => e
    warn "ruby sha256_tree: #{e.message}"
    exit 2
  end

  def initialize(words)
    @workers = Billiard.cpus_available
    @kill_one = false
    take_options(words)
    raise ArgumentError, "one DIR at most, not #{words[1].inspect} too" if words.size > 1

    @folder = (words.first || DEFAULT_FOLDER).b
    raise ArgumentError, "no directory: #{@folder.inspect}" unless File.directory?(@folder)
  end

  private

  def take_options(words)
    while words.first&.start_with?("-") && words.first != "-"
      case (option = words.shift)
      when "--" then return
      when "--kill-one" then @kill_one = true
      when "--workers" then @workers = number(words.shift)
      when /\A--workers=(.*)\z/m then @workers = number(Regexp.last_match(1))
      else raise ArgumentError, "unknown option #{option}"
      end
    end
    take_later_options(words)
  end

  # Options may also follow DIR.
  def take_later_options(words)
    return if words.size < 2 || !words[1].start_with?("-")

    folder = words.shift
    take_options(words)
    words.unshift(folder)
  end

  def number(text)
    return text.to_i if text&.match?(/\A[0-9]+\z/) && text.to_i.between?(1, 100_000)

    raise ArgumentError, "--workers must be a number from 1, not #{text.inspect}"
  end
end
