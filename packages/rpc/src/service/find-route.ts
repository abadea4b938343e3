import { Code, ConnectError } from '@connectrpc/connect';
import { type Route, type RouteTable, serviceOf } from './routes.js';

/** An unknown method of a known service is a call like any other that answers UNIMPLEMENTED. */
export const unimplemented = (path: string, service: string): Route => ({
  path,
  service,
  method: path.slice(path.lastIndexOf('/') + 1),
  raw: true,
  kind: 'unary',
  run() {
    throw new ConnectError('', Code.Unimplemented);
  },
});

/** The route of a path, a refusing one for an unknown method of a known service. */
export const findRoute = ({ routes, services }: RouteTable, path: string): Route | undefined => {
  const route = routes.get(path);
  if (route !== undefined) return route;
  const service = serviceOf(path);
  return service !== undefined && services.has(service) ? unimplemented(path, service) : undefined;
};
