import { describe, expect, it } from 'vitest';
import { currentProfile } from '../../src/profile.ts';

describe('the profile', () => {
  it('is quick unless the environment names another', () => {
    expect(currentProfile({})).toBe('quick');
    expect(currentProfile({ BREAKING_POINT_PROFILE: '' })).toBe('quick');
    expect(currentProfile({ BREAKING_POINT_PROFILE: 'stress' })).toBe('stress');
  });

  it('with an unknown name is refused with the known ones', () => {
    expect(() => currentProfile({ BREAKING_POINT_PROFILE: 'slow' })).toThrow(
      'BREAKING_POINT_PROFILE must be one of quick, full, stress; got "slow"',
    );
  });
});
