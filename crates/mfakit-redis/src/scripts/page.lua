#!lua flags=allow-oom
-- Reads a bucket's events between two positions, with their positions: ARGV[1] and ARGV[2] as ZRANGE takes them, ARGV[3]
-- the longest answer, ARGV[4] `REV` for the newest first, or a number to which the bucket's clock is raised before:
-- whatever is committed later comes behind it.
if ARGV[4] == 'REV' then
    return redis.call('ZRANGE', KEYS[1], ARGV[1], ARGV[2], 'BYSCORE', 'REV', 'LIMIT', 0, ARGV[3], 'WITHSCORES')
end
local clock = redis.call('GET', KEYS[2])
if not clock or tonumber(clock) < tonumber(ARGV[4]) then
    redis.call('SET', KEYS[2], ARGV[4])
end
return redis.call('ZRANGE', KEYS[1], ARGV[1], ARGV[2], 'BYSCORE', 'LIMIT', 0, ARGV[3], 'WITHSCORES')
