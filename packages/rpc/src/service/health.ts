import { Health, HealthCheckResponse_ServingStatus as Status } from '../gen/grpc/health/v1/health_pb.js';
import { implement, rpcStatus } from './implement.js';
import type { CallContext, ServiceDefinition } from './types.js';

/** The health of the services of one server. */
export interface HealthBook {
  readonly service: ServiceDefinition;
  /** Says whether a service may be called; watchers hear of it. */
  set(service: string, serving: boolean): void;
  /** NOT_SERVING for all, then the end of every watch. */
  close(): void;
}

/** The standard health service over a list of names; the empty name stands for the server as a whole. */
export const healthBook = (names: readonly string[]): HealthBook => {
  const statuses = new Map<string, Status>(['', ...names].map((name) => [name, Status.SERVING]));
  const wakers = new Set<() => void>();
  let closed = false;
  const wake = () => {
    for (const each of [...wakers]) each();
  };
  const of = (service: string): Status => {
    const status = statuses.get(service);
    if (status === undefined) throw rpcStatus('NOT_FOUND', 'service not registered');
    return status;
  };
  const watch = async function* (service: string, { signal }: CallContext) {
    let told: Status | undefined;
    while (!signal.aborted) {
      const status = of(service);
      if (status !== told) {
        told = status;
        yield { status };
        continue;
      }
      if (closed) return;
      await new Promise<void>((resolve) => {
        const done = () => {
          wakers.delete(done);
          signal.removeEventListener('abort', done);
          resolve();
        };
        wakers.add(done);
        signal.addEventListener('abort', done);
      });
    }
  };
  return {
    service: implement(Health, {
      check: ({ service }) => ({ status: of(service) }),
      watch: ({ service }, context) => watch(service, context),
    }),
    set(service, serving) {
      statuses.set(service, serving ? Status.SERVING : Status.NOT_SERVING);
      wake();
    },
    close() {
      for (const name of statuses.keys()) statuses.set(name, Status.NOT_SERVING);
      closed = true;
      wake();
    },
  };
};
