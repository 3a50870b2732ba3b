# frozen_string_literal: true

# Jobs that fail, wrong arguments, killed workers.
class Scenarios
  define(:task_error) do
    with_pool(workers: 2) do |pool|
      pool.apply(:fail, "boom 7")
      "no error"
    rescue Billiard::TaskError => e
      own = e.class_name == "ConformanceFailure" ? "own" : e.class_name
      "error #{e.status_name} class=#{own} message=#{e.remote_message}; #{still_works(pool)}"
    end
  end

  define(:unknown_task) do
    with_pool(workers: 2) do |pool|
      "#{error_naming('no_such_task') { pool.apply(:no_such_task, 1) }}; #{still_works(pool)}"
    end
  end

  define(:workers_zero) { error_naming("workers") { with_pool(workers: 0) { |pool| pool } } }
  define(:workers_negative) { error_naming("workers") { with_pool(workers: -3) { |pool| pool } } }

  define(:missing_command) do
    program = "/nonexistent/worker-program"
    error_naming(program) { with_pool(workers: 1, command: [program], &:wait_ready) }
  end

  define(:worker_never_ready) do
    error_naming("exitcode 1") do
      with_pool(workers: 1, command: ["/bin/false"]) { |pool| pool.apply(:echo, 1) }
    end
  end

  define(:worker_killed) do
    with_held_worker do |pool, _queue, held|
      pid = wait_until_begun(pool, held).pid
      Process.kill("KILL", pid)
      held.value
    rescue Billiard::WorkerLostError => e
      same = e.pid == pid ? "same" : "#{e.pid} #{pid}"
      "error #{e.status_name} pid=#{same} signal=#{e.signal}; #{still_works(pool)}"
    end
  end

  define(:worker_exits) do
    with_pool(workers: 1) do |pool|
      pool.apply(:exit_process, 3)
    rescue Billiard::WorkerLostError => e
      "error #{e.status_name} exitcode=#{e.exit_status}; #{still_works(pool)}"
    end
  end

  define(:payload_too_large) do
    with_pool(workers: 1, max_payload: 1000) do |pool|
      failed = error_naming("2000") { pool.apply(:reverse, "x" * 2000, raw: true) }
      "#{failed}; #{still_works(pool)}"
    end
  end

  define(:result_too_large) do
    with_pool(workers: 1, max_payload: 1000) do |pool|
      "#{error_naming('2003') { pool.apply(:make_bytes, 2000) }}; #{still_works(pool)}"
    end
  end

  define(:wrong_type_task) do
    with_pool(workers: 2) { |pool| error_naming("task") { pool.apply_async(42, 1) } }
  end

  define(:wrong_type_value) do
    with_pool(workers: 2) do |pool|
      failed = error_naming("argument") { pool.apply_async(:echo, proc {}) }
      "#{failed}; #{still_works(pool)}"
    end
  end

  define(:pool_in_forked_child) do
    with_pool(workers: 2) do |pool|
      told, tell = IO.pipe
      child = fork do
        tell.print(error { pool.apply_async(:echo, 1) })
        tell.flush
        exit!(0)
      end
      Process.wait(child)
      tell.close
      "#{told.read}; #{still_works(pool)}"
    end
  end
end
