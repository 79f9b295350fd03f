import { expect, test } from 'vitest';
import { keyInMessage } from '../../src/kms/key-in-message.ts';
import { account, aliasArn, keyArn, otherKeyArn } from '../builders/cloud-trail-record.ts';

const denial = `User: arn:aws:sts::${account}:assumed-role/R/s is not authorized to perform: kms:Decrypt`;

test.each([
  `${denial} on resource: ${keyArn} because no identity-based policy allows the kms:Decrypt action`,
  `${denial} on resource: ${keyArn}`,
  `${denial} on resource: ${keyArn}.`,
  `Key '${keyArn}' does not exist`,
  `${keyArn} is disabled.`,
  `${keyArn} is pending deletion.`,
  `Alias ${aliasArn} points to ${keyArn}, which is disabled.`,
])('finds the key in: %s', (message) => {
  expect(keyInMessage(message)).toEqual({ keyArn });
});

test.each([`Alias ${aliasArn} is not found.`, `${denial} on resource: ${aliasArn}`])(
  'finds the alias in: %s',
  (message) => {
    expect(keyInMessage(message)).toEqual({ aliasArn });
  },
);

test.each([
  denial,
  `${denial} on resource: *`,
  `${denial} because no identity-based policy allows it, not even for ${keyArn}`,
  `${denial} on resource: * with an explicit deny in arn:aws:iam::${account}:policy/P for ${keyArn}`,
  'The ciphertext refers to a customer master key that does not exist.',
  'arn: is what ARNs begin with',
  `Key 'arn:aws:kms:us-west-2:${account}:key/' does not exist`,
  '',
])('finds no key in: %s', (message) => {
  expect(keyInMessage(message)).toEqual({});
});

test('is not deceived by a user whose path looks like the ARN of a key', () => {
  const user = `arn:aws:iam::${account}:user/${otherKeyArn}/x`;
  const message = `User: ${user} is not authorized to perform: kms:Decrypt on resource: ${keyArn} because`;
  expect(keyInMessage(message)).toEqual({ keyArn });
});

test('does not take an ARN that the bound on the message has cut for the ARN of a key', () => {
  const before = 'x'.repeat(1024 - keyArn.length);
  expect(keyInMessage(`${before} ${keyArn}`)).toEqual({ keyArn });
  expect(keyInMessage(`${before} ${keyArn.slice(0, -1)}`)).toEqual({});
});
