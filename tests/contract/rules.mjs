// Rules that the built-in ones cannot express.

const verbs = ['get', 'put', 'post', 'patch', 'delete'];
const roles = ['viewer', 'editor', 'admin', 'owner'];

/** POSTs that take no Idempotency-Key: they only give or end sessions, change nothing, or do nothing when repeated. */
const unkeyed = [
  'login', 'refreshSession', 'logout', 'logoutEverywhere', 'changePassword', 'validatePost', 'liftOperationsQuarantine',
  'drainOperationsClusterNode', 'rebalanceOperationsCluster',
];

const resolver = (root) =>
  function resolve(node, at) {
    if (!node?.$ref) return [node, at];
    const steps = node.$ref.replace(/^#\//, '').split('/');
    return resolve(
      steps.reduce((inside, step) => inside?.[step], root),
      steps,
    );
  };

function* operations(root) {
  for (const [path, item] of Object.entries(root.paths ?? {}))
    for (const verb of verbs)
      if (item[verb]) yield { path, verb, operation: item[verb], at: ['paths', path, verb] };
}

/** Every object that a request can hold refuses unknown fields, however deep it lies and whatever it is made of. */
function RequestsAreClosed() {
  return {
    Root(root, { report, location }) {
      const resolve = resolver(root);
      const seen = new Set();
      function walk(node, where) {
        const [schema, at] = resolve(node, where);
        if (typeof schema !== 'object' || schema === null || seen.has(schema)) return;
        seen.add(schema);
        const rest = schema.additionalProperties;
        if ([].concat(schema.type ?? []).includes('object') || schema.properties)
          if (rest !== false && (typeof rest !== 'object' || schema.properties))
            report({
              message: 'An object in a request must refuse unknown fields: additionalProperties is missing or open.',
              location: location.child(at),
            });
        for (const [name, child] of Object.entries(schema.properties ?? {})) walk(child, [...at, 'properties', name]);
        for (const key of ['items', 'additionalProperties']) if (schema[key]) walk(schema[key], [...at, key]);
        for (const key of ['oneOf', 'anyOf', 'allOf'])
          (schema[key] ?? []).forEach((child, index) => walk(child, [...at, key, index]));
      }
      for (const { operation, at } of operations(root)) {
        const [body, where] = resolve(operation.requestBody, [...at, 'requestBody']);
        for (const [type, media] of Object.entries(body?.content ?? {}))
          walk(media.schema, [...where, 'content', type, 'schema']);
      }
    },
  };
}

/** What an operation takes decides which answers it must name, and who may call it is always said. */
function OperationsAreComplete() {
  return {
    Root(root, { report, location }) {
      const resolve = resolver(root);
      for (const { path, verb, operation, at } of operations(root)) {
        const complain = (message) => report({ message: `${operation.operationId}: ${message}`, location: location.child(at) });
        const mustAnswer = (why, ...statuses) => {
          for (const status of statuses)
            if (!operation.responses?.[status]) complain(`answers ${status}, since it ${why}.`);
        };
        const headers = [...(root.paths[path].parameters ?? []), ...(operation.parameters ?? [])]
          .map((parameter) => resolve(parameter, [])[0])
          .filter((parameter) => parameter?.in === 'header')
          .map((parameter) => parameter.name);
        const role = operation['x-minimum-role'];

        mustAnswer('is an operation', 400, 500, 503);
        if (path.includes('{')) mustAnswer('names a thing in its path', 404);
        if (operation.requestBody) mustAnswer('takes a body', 408, 413, 415, 422);
        if (headers.includes('If-Match')) mustAnswer('takes If-Match', 412);
        if (headers.includes('Idempotency-Key')) mustAnswer('takes Idempotency-Key', 409, 422);
        if ((operation.security ?? root.security).length > 0) mustAnswer('needs a token', 401);
        if (path.startsWith('/v1/')) mustAnswer('is rate limited', 429);
        if (role && role !== 'viewer') mustAnswer('needs a role', 403);

        if (path.includes('{workspace_id}') !== roles.includes(role))
          complain(`x-minimum-role is one of ${roles.join(', ')} in workspaces, and absent elsewhere.`);
        const mayRepeat = headers.includes('Idempotency-Key') || unkeyed.includes(operation.operationId);
        if (verb === 'post' && path.startsWith('/v1/') && !mayRepeat) complain('a POST takes Idempotency-Key.');
      }
    },
  };
}

export default () => ({
  id: 'troupe',
  rules: {
    oas3: { 'requests-are-closed': RequestsAreClosed, 'operations-are-complete': OperationsAreComplete },
  },
});
