// pool_peer.js FOLDER tinypool|workerpool pool|apply|pool_start [--name=number]...: pools of processes in Node.
// FOLDER has the node_modules.
'use strict';

const path = require('node:path');
const { createRequire } = require('node:module');
const { pathToFileURL } = require('node:url');

const [folder, engine, workload, ...words] = process.argv.slice(2);
const given = { seconds: 0.3, workers: 2, bytes: 64, in_flight: 256, items: 0 };
for (const word of words) {
  const [name, value] = word.replace(/^--/, '').split('=');
  if (!(name in given)) throw new Error(`${word} is not known here`);
  given[name] = Number(value);
}
process.env.BILLIARD_BENCH_NODE = folder; // for the workers
const requireFrom = createRequire(path.join(folder, 'package.json'));

// { submit(data) -> promise, end() -> promise }
async function newPool(workers) {
  if (engine === 'workerpool') {
    const pool = requireFrom('workerpool').pool(path.join(__dirname, 'workerpool_worker.js'),
      { workerType: 'process', minWorkers: workers, maxWorkers: workers });
    return { submit: (data) => pool.exec('noOp', [data]), end: () => pool.terminate() };
  }
  const entry = requireFrom.resolve('tinypool');
  const { default: Tinypool } = await import(pathToFileURL(entry));
  const pool = new Tinypool({ filename: path.join(__dirname, 'tinypool_worker.mjs'), runtime: 'child_process',
    minThreads: workers, maxThreads: workers });
  return { submit: (data) => pool.run(data), end: () => pool.destroy() };
}

const now = () => Number(process.hrtime.bigint());

function percentile(samples, part) {
  samples.sort((a, b) => a - b);
  return samples[Math.round((samples.length - 1) * part)];
}

function report(variant, samples, items, tail) {
  const figures = { name: workload, variant, ns: percentile(samples, 0.5), items };
  if (tail) figures.p99_ns = percentile(samples, 0.99);
  console.log(JSON.stringify(figures));
}

async function manyJobs(pool, items, data) {
  let left = items;
  const lane = async () => { while (left-- > 0) await pool.submit(data); };
  await Promise.all(Array.from({ length: given.in_flight }, lane));
}

async function main() {
  const data = 'x'.repeat(given.bytes);
  let end = now() + given.seconds * 1e9;
  const samples = [];
  if (workload === 'pool_start') {
    const ends = [];
    while (now() < end || samples.length < 2) {
      const begun = now();
      const pool = await newPool(given.workers);
      await pool.submit(data);
      const first = now();
      await pool.end();
      samples.push(first - begun);
      ends.push(now() - first);
    }
    report('start', samples, samples.length, true);
    report('end', ends, ends.length, true);
    return;
  }
  const pool = await newPool(workload === 'apply' ? 1 : given.workers);
  await pool.submit(data);
  if (workload === 'apply') {
    for (let i = 0; i < 10; i += 1) await pool.submit(data);
    end = now() + given.seconds * 1e9;
    while (now() < end || samples.length < 10) {
      const begun = now();
      await pool.submit(data);
      samples.push(now() - begun);
    }
    report('', samples, samples.length, true);
  } else {
    const items = 1000;
    await manyJobs(pool, items, data);
    end = now() + given.seconds * 1e9;
    while (now() < end || samples.length < 3) {
      const begun = now();
      await manyJobs(pool, items, data);
      samples.push((now() - begun) / items);
    }
    report('', samples, items * samples.length, false);
  }
  await pool.end();
}

main().then(() => process.exit(0), (problem) => { console.error(String(problem)); process.exit(1); });
