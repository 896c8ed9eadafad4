(func $take_trap (export "take_trap") (param $cause i64) (param $tval i64) (result i64)
  (local $v0 i64)
  (local $v1 i32)
  (local $v2 i64)
  (local $v3 i64)
  (local $v4 i64)
  (local $v5 i64)
  (local $v6 i64)
  (local $v7 i64)
  (local $v8 i64)
  (local $v9 i64)
  i64.const 0
  local.get $tval
  local.get $cause
  i64.const 2
  i64.eq
  i32.const 0
  i64.load offset=1088
  i64.eqz
  i32.and
  select
  local.set $v0
  i32.const 0
  i64.load offset=264
  i64.const 1
  i64.le_u
  i32.const 0
  i64.load offset=320
  i32.const 0
  i64.load offset=312
  local.get $cause
  i64.const 0x8000000000000000
  i64.and
  i64.const 0
  i64.ne
  select
  local.get $cause
  i64.const 63
  i64.and
  i64.shr_u
  i64.const 1
  i64.and
  i64.const 0
  i64.ne
  i32.and
  local.set $v1
  i32.const 0
  i64.load offset=1112
  i64.const 1
  i64.const 3
  local.get $v1
  select
  i64.shr_u
  i64.const 1
  i64.and
  i64.const 0
  i64.ne
  if
    i64.const 1
    return
  end
  local.get $v1
  if
    i32.const 0
    i64.load offset=264
    local.set $v2
    i32.const 0
    i64.load offset=256
    local.set $v3
    i32.const 0
    i64.load offset=304
    local.set $v4
    i32.const 0
    local.get $v3
    i64.store offset=440
    i32.const 0
    local.get $cause
    i64.store offset=448
    i32.const 0
    local.get $v0
    i64.store offset=456
    i32.const 0
    local.get $v4
    i64.const 0xffffffffffffffdf
    i64.and
    local.get $v4
    i64.const 1
    i64.shr_u
    i64.const 1
    i64.and
    i64.const 5
    i64.shl
    i64.or
    i64.const 0xfffffffffffffffd
    i64.and
    i64.const 0xfffffffffffffeff
    i64.and
    local.get $v2
    i64.const 1
    i64.and
    i64.const 8
    i64.shl
    i64.or
    i64.store offset=304
    i32.const 0
    i64.const 1
    i64.store offset=264
    i32.const 0
    i64.const 0
    i64.store offset=296
    i32.const 0
    i64.load offset=408
    i64.const 0xfffffffffffffffc
    i64.and
    local.set $v5
    i32.const 0
    local.get $v5
    local.get $cause
    i64.const 2
    i64.shl
    i64.add
    local.get $v5
    i32.const 0
    i64.load offset=408
    i64.const 1
    i64.and
    i64.const 0
    i64.ne
    local.get $cause
    i64.const 0x8000000000000000
    i64.and
    i64.const 0
    i64.ne
    i32.and
    select
    i64.store offset=256
    i32.const 0
    i32.const 0
    i64.load offset=9352
    i64.const 1
    i64.add
    i64.store offset=9352
  else
    i32.const 0
    i64.load offset=264
    local.set $v6
    i32.const 0
    i64.load offset=256
    local.set $v7
    i32.const 0
    i64.load offset=304
    local.set $v8
    i32.const 0
    local.get $v7
    i64.store offset=384
    i32.const 0
    local.get $cause
    i64.store offset=392
    i32.const 0
    local.get $v0
    i64.store offset=400
    i32.const 0
    local.get $v8
    i64.const 0xffffffffffffff7f
    i64.and
    local.get $v8
    i64.const 3
    i64.shr_u
    i64.const 1
    i64.and
    i64.const 7
    i64.shl
    i64.or
    i64.const 0xfffffffffffffff7
    i64.and
    i64.const 0xffffffffffffe7ff
    i64.and
    local.get $v6
    i64.const 11
    i64.shl
    i64.or
    i64.store offset=304
    i32.const 0
    i64.const 3
    i64.store offset=264
    i32.const 0
    i64.const 0
    i64.store offset=296
    i32.const 0
    i64.load offset=352
    i64.const 0xfffffffffffffffc
    i64.and
    local.set $v9
    i32.const 0
    local.get $v9
    local.get $cause
    i64.const 2
    i64.shl
    i64.add
    local.get $v9
    i32.const 0
    i64.load offset=352
    i64.const 1
    i64.and
    i64.const 0
    i64.ne
    local.get $cause
    i64.const 0x8000000000000000
    i64.and
    i64.const 0
    i64.ne
    i32.and
    select
    i64.store offset=256
    i32.const 0
    i32.const 0
    i64.load offset=9352
    i64.const 1
    i64.add
    i64.store offset=9352
  end
  i64.const 0)
