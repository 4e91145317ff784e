import http from 'k6/http';
import { Counter } from 'k6/metrics';

// Run by bench/accuracy/k6.ts and bench/load, which say by environment variables what to offer.
const { URL, RATE, SECONDS, VUS } = __ENV;
const duration = `${SECONDS}s`;
const users = Number(VUS);
const load = RATE
  ? { executor: 'constant-arrival-rate', rate: Number(RATE), timeUnit: '1s', preAllocatedVUs: users, maxVUs: users }
  : { executor: 'constant-vus', vus: users };

export const options = {
  scenarios: { load: { ...load, duration, gracefulStop: '5s' } },
  summaryTrendStats: ['avg', 'p(50)', 'p(95)', 'p(99)', 'p(99.9)'],
};

const status = new Counter('status_errors');
const connection = new Counter('connection_errors');

export default function request() {
  const answer = http.get(URL);
  if (answer.error_code === 0) return;
  (answer.status >= 400 ? status : connection).add(1);
}

export function handleSummary({ metrics }) {
  return { stdout: JSON.stringify(metrics) };
}
