# frozen_string_literal: true

# The regular files under a folder. Names are bytes; symbolic links are never followed.
class Tree
  def initialize(root, on_unreadable:)
    @root = root
    @on_unreadable = on_unreadable
  end

  # @return [Array<String>] paths relative to the root
  def files
    found = []
    folders = [nil]
    until folders.empty?
      each_child(folders.pop) do |path, stat|
        folders << path if stat.directory?
        found << path if stat.file?
      end
    end
    found
  end

  private

  # A child that can not be looked at, or is gone by now, is reported.
  def each_child(folder)
    names(folder).each do |name|
      path = folder ? "#{folder}/#{name}" : name
      stat = guard(path) { File.lstat(File.join(@root, path)) }
      yield path, stat if stat
    end
  end

  def names(folder)
    where = folder ? File.join(@root, folder) : @root
    guard(folder || ".") { Dir.children(where, encoding: Encoding::BINARY) } || []
  end

  def guard(path)
    yield
  rescue SystemCallError => e
    @on_unreadable.call(path, SystemCallError.new(e.errno).message)
    nil
  end
end
