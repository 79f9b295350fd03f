import { expect, test } from 'vitest';
import { pseudoRoleOf } from '../../src/cloudtrail/aws-pseudo-role.ts';

test.each([
  '111122223333:aws:ec2-infrastructure',
  '111122223333:aws:ec2-infrastructure:i-0123456789abcdef0',
  '111122223333/111122223333:aws:ec2-infrastructure',
  'arn:aws:iam::111122223333:role/aws:ec2-infrastructure',
  'arn:aws-cn:sts::111122223333:assumed-role/aws:ec2-infrastructure/i-0123456789abcdef0',
])('%s is of EC2', (principal) => {
  expect(pseudoRoleOf(principal)).toBe('aws:ec2-infrastructure');
});

test.each([
  'arn:aws:iam::111122223333:role/ec2-infrastructure',
  'arn:aws:iam::111122223333:user/aws:ec2-infrastructure',
  'arn:aws:sts::111122223333:assumed-role/Mine/aws:ec2-infrastructure',
  'AROAMINE:aws:ec2-infrastructure',
  'aws:ec2-infrastructure',
  'ec2.amazonaws.com',
])('%s is of nobody at AWS', (principal) => {
  expect(pseudoRoleOf(principal)).toBeUndefined();
});
