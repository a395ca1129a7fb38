#!lua
-- Notes the name of a tenant that is about to have a policy.
return redis.call('ZADD', KEYS[1], 0, ARGV[1])
