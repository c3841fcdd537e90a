// node -r loopback.cjs server.js: every listener of the process is moved to 127.0.0.1.
const net = require('node:net');

const listen = net.Server.prototype.listen;
net.Server.prototype.listen = function (...args) {
  const [first] = args;
  const callback = args.find((arg) => typeof arg === 'function');
  if (typeof first === 'object' && first !== null && first.path === undefined) {
    return listen.call(this, { ...first, host: '127.0.0.1' }, callback);
  }
  if (first === undefined || typeof first === 'number' || /^\d+$/.test(String(first))) {
    return listen.call(this, { port: Number(first ?? 0), host: '127.0.0.1' }, callback);
  }
  return listen.apply(this, args);
};
