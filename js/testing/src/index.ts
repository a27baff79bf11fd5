// `@wayside/testing`: plain functions for any browser driver. `@wayside/testing/playwright` is based on them.

export { checkPlan, definePlan, parsePlan, readPlan, type Plan, type PlannedProperty, type PlannedTouchpoint, type PlanResult, type Violation } from './plan.ts';
export { route, type Routable, type RouteOptions } from './route.ts';
export { startSink, type HttpSink, type ServerOptions } from './server.ts';
export { Sink, type Answer, type Clearing, type Filter, type Waiting } from './sink.ts';
export type { DeadLetter, Refusal } from './model.ts';
export type * from './types.ts';
