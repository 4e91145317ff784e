import { expect, test } from 'vitest';
import { takesEffect } from '../../../src/wire/statement-kind.ts';

test.each([
  'insert into orders values (1)',
  '  UPDATE orders SET paid = true',
  'delete from orders',
  'MERGE INTO orders USING incoming ON true',
  'commit',
  'END',
  '-- by the way\n/* a hint */ insert into orders values (1)',
  'WITH response AS (INSERT INTO responses VALUES (1)) SELECT 1',
  'with old as (select 1) update only orders set paid = true',
  'with gone as (delete from orders returning *) select count(*) from gone',
  'begin; select 1; insert into orders values (1)',
  'copy orders from stdin',
  'call settle()',
])('takes effect: %s', (text) => {
  expect(takesEffect(text)).toBe(true);
});

test.each([
  'select * from orders',
  'select * from orders for update',
  'BEGIN',
  'rollback',
  'with recent as (select * from orders) select * from recent',
  "select 'insert into orders'",
  '-- insert into orders\nselect 1',
  'set statement_timeout = 100',
  '',
])('does not: %s', (text) => {
  expect(takesEffect(text)).toBe(false);
});
