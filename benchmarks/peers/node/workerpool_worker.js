'use strict';

// Found from the folder that pool_peer.js was started with.
const path = require('node:path');
const { createRequire } = require('node:module');

const folder = process.env.BILLIARD_BENCH_NODE;
createRequire(path.join(folder, 'package.json'))('workerpool').worker({ noOp: () => null });
