#!lua flags=allow-oom
-- Reads names of tenants in their order: from ARGV[1], as ZRANGE takes it, ARGV[2] at most.
return redis.call('ZRANGE', KEYS[1], ARGV[1], '+', 'BYLEX', 'LIMIT', 0, ARGV[2])
