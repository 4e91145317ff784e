// The order of the house: imports go down this list and never up. `recording` is the ground that everything may stand on.
const doors = '^src/(index|vitest|testing|reporter|cli|session)\\.ts$';
const below = (name, from, to) => ({
  name,
  severity: 'error',
  comment: `${from} must not import ${to}: imports go doors > experiment > fault, load > stack > proxy, and report > verdict > analysis > recording`,
  from: { path: from },
  to: { path: to },
});

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-circle-of-folders',
      severity: 'error',
      comment:
        'a folder may import the contracts of the folder above it; beside each other, folders import in one direction',
      scope: 'folder',
      from: {},
      to: { circular: true },
    },
    { name: 'no-unresolved', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'no-dev-dependency-in-src',
      severity: 'error',
      from: { path: '^src', pathNot: '^src/(vitest|reporter|report/channel)\\.ts$' },
      to: { dependencyTypes: ['npm-dev'] },
    },
    { name: 'nothing-imports-a-door', severity: 'error', from: { path: '^src', pathNot: doors }, to: { path: doors } },
    below(
      'wire-is-lowest',
      '^src/wire/',
      '^src/(proxy|stack|load|fault|analysis|verdict|report|experiment|final-state)',
    ),
    below(
      'proxy-is-lowest',
      '^src/proxy/',
      '^src/(wire|stack|load|fault|analysis|verdict|report|experiment|final-state)',
    ),
    below(
      'stack-below-load-and-fault',
      '^src/stack/',
      '^src/(load|fault|observe|analysis|verdict|report|experiment|final-state)',
    ),
    below(
      'load-knows-no-stack',
      '^src/load/',
      '^src/(stack|proxy|wire|fault|analysis|verdict|report|experiment|final-state)',
    ),
    below(
      'observe-looks-on',
      '^src/observe/',
      '^src/(load|fault|proxy|wire|analysis|verdict|report|experiment|final-state)',
    ),
    below(
      'fault-knows-no-load',
      '^src/fault/',
      '^src/(load|proxy|wire|analysis|verdict|report|experiment|final-state)',
    ),
    below('child-is-the-ground', '^src/child/', '^src/(?!child/)'),
    below('experiment-does-not-judge', '^src/(experiment|final-state)', '^src/(analysis|verdict|report)'),
    below('recording-is-the-ground', '^src/recording/', '^src/(?!recording/|duration|extremes)'),
    below('analysis-is-pure', '^src/analysis/', '^src/(?!analysis/|recording/|duration|extremes)'),
    below('verdict-is-pure', '^src/verdict/', '^src/(?!verdict/|analysis/|recording/|duration|extremes)'),
    below('report-tells-only', '^src/report/', '^src/(stack|proxy|load|fault|experiment|final-state)'),
    {
      name: 'judging-touches-no-machine',
      severity: 'error',
      comment: 'analysis and verdict are computed from recordings alone: no socket, no clock, no process, no file',
      from: { path: '^src/(analysis|verdict)/' },
      to: {
        dependencyTypes: ['core'],
        path: '^(node:)?(net|http|https|fs|child_process|worker_threads|timers|perf_hooks|os)',
      },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    parser: 'swc',
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'default'] },
  },
};
