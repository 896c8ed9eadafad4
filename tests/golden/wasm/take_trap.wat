(func $take_trap (export "take_trap") (param $cause i64) (param $tval i64) (result i64)
  (local $v0 i32)
  (local $v1 i64)
  (local $v2 i64)
  (local $v3 i64)
  (local $v4 i32)
  (local $v5 i32)
  (local $v6 i64)
  (local $v7 i64)
  (local $v8 i64)
  (local $v9 i64)
  (local $v10 i64)
  (local $v11 i64)
  (local $v12 i64)
  (local $v13 i32)
  (local $v14 i64)
  (local $t1 i64)
  (local $v15 i64)
  (local $v16 i64)
  (local $v17 i64)
  (local $v18 i64)
  (local $v19 i64)
  (local $v20 i64)
  (local $v21 i64)
  (local $v22 i64)
  (local $v23 i64)
  (local $v24 i64)
  (local $v25 i64)
  (local $v26 i64)
  (local $v27 i64)
  local.get $cause
  i64.const 0x8000000000000000
  i64.and
  i64.const 0
  i64.ne
  local.set $v0
  local.get $cause
  i64.const 63
  i64.and
  local.set $v1
  i32.const 0
  i64.load offset=9672
  local.set $v2
  i64.const 0
  local.get $tval
  local.get $cause
  i64.const 2
  i64.eq
  local.get $cause
  i64.const 22
  i64.eq
  i32.or
  i32.const 0
  i64.load offset=1088
  i64.eqz
  i32.and
  select
  local.set $v3
  i32.const 0
  i64.load offset=264
  i64.const 1
  i64.le_u
  i32.const 0
  i64.load offset=320
  i64.const 0x1444
  i64.const 0
  i32.const 0
  i64.load offset=1064
  i64.const 0x400000
  i64.and
  i64.const 0
  i64.ne
  select
  i64.or
  i32.const 0
  i64.load offset=312
  local.get $v0
  select
  local.get $v1
  i64.shr_u
  i64.const 1
  i64.and
  i64.const 0
  i64.ne
  i32.and
  local.tee $v4
  local.get $v2
  i64.const 1
  i64.eq
  i32.and
  i32.const 0
  i64.load offset=9696
  i32.const 0
  i64.load offset=9688
  local.get $v0
  select
  local.get $v1
  i64.shr_u
  i64.const 1
  i64.and
  i64.const 0
  i64.ne
  i32.and
  local.set $v5
  i32.const 0
  i64.load offset=1112
  i64.const 5
  i64.const 1
  i64.const 3
  local.get $v4
  select
  local.get $v5
  select
  i64.shr_u
  i64.const 1
  i64.and
  i64.const 0
  i64.ne
  if
    i32.const 0
    local.get $v3
    i64.store offset=1104
    i64.const 1
    return
  end
  local.get $v5
  if
    local.get $cause
    i64.const 1
    i64.sub
    local.get $cause
    local.get $v0
    select
    local.set $v6
    i32.const 0
    i64.load offset=264
    local.set $v7
    i32.const 0
    i64.load offset=256
    local.set $v8
    i32.const 0
    i64.load offset=9776
    local.set $v9
    i32.const 0
    i64.load offset=9672
    local.set $v10
    i32.const 0
    local.get $v8
    i64.store offset=9800
    i32.const 0
    local.get $v6
    i64.store offset=9808
    i32.const 0
    local.get $v3
    i64.store offset=9816
    i32.const 0
    local.get $v9
    i64.const 0xffffffffffffffdf
    i64.and
    local.get $v9
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
    local.get $v7
    i64.const 1
    i64.and
    i64.const 8
    i64.shl
    i64.or
    i64.store offset=9776
    i32.const 0
    i64.const 1
    i64.store offset=264
    i32.const 0
    i64.const 1
    i64.store offset=9672
    i32.const 0
    i64.const 0
    i64.store offset=296
    i32.const 0
    i64.load offset=9784
    i64.const 0xfffffffffffffffc
    i64.and
    local.set $v11
    i32.const 0
    local.get $v11
    local.get $v6
    i64.const 2
    i64.shl
    i64.add
    local.get $v11
    i32.const 0
    i64.load offset=9784
    i64.const 1
    i64.and
    i64.const 0
    i64.ne
    local.get $v6
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
    i64.const 0
    return
  end
  local.get $v2
  i32.const 0
  i64.load offset=9840
  local.get $cause
  i64.eqz
  local.get $cause
  i64.const 3
  i64.eq
  i32.or
  select
  i64.const 0
  local.get $v0
  i32.eqz
  i64.const 0xb0b0fb
  local.get $v1
  i64.shr_u
  i64.const 1
  i64.and
  i64.const 0
  i64.ne
  i32.and
  select
  local.set $v12
  local.get $v0
  i32.eqz
  i64.const 0xb00000
  local.get $v1
  i64.shr_u
  i64.const 1
  i64.and
  i64.const 0
  i64.ne
  i32.and
  local.set $v13
  i32.const 0
  i64.load offset=9848
  i64.const 0
  local.get $v13
  select
  local.set $v14
  i32.const 0
  i64.load offset=9872
  i64.const 0
  local.get $v13
  select
  local.set $t1
  i32.const 0
  i64.load offset=9864
  i64.const 1
  i64.eq
  local.get $v0
  i32.eqz
  i64.const 0xa0a0f0
  local.get $v1
  i64.shr_u
  i64.const 1
  i64.and
  i64.const 0
  i64.ne
  i32.and
  i32.and
  local.get $t1
  i64.eqz
  i32.and
  if
    call $transformed
    local.tee $v15
    local.set $t1
  end
  local.get $t1
  local.set $v16
  local.get $v4
  if
    i32.const 0
    i64.load offset=264
    local.set $v17
    i32.const 0
    i64.load offset=9672
    local.set $v18
    i32.const 0
    i64.load offset=256
    local.set $v19
    i32.const 0
    i64.load offset=304
    local.set $v20
    i32.const 0
    local.get $v19
    i64.store offset=440
    i32.const 0
    local.get $cause
    i64.store offset=448
    i32.const 0
    local.get $v3
    i64.store offset=456
    i32.const 0
    local.get $v14
    i64.store offset=9736
    i32.const 0
    local.get $v16
    i64.store offset=9744
    i32.const 0
    local.get $v20
    i64.const 0xffffffffffffffdf
    i64.and
    local.get $v20
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
    local.get $v17
    i64.const 1
    i64.and
    i64.const 8
    i64.shl
    i64.or
    i64.store offset=304
    i32.const 0
    i64.load offset=9680
    local.set $v21
    i32.const 0
    local.get $v21
    i64.const 0xffffffffffffff7f
    i64.and
    local.get $v18
    i64.const 7
    i64.shl
    i64.or
    i64.const 0xfffffffffffffeff
    i64.and
    local.get $v17
    local.get $v21
    i64.const 8
    i64.shr_u
    i64.const 1
    i64.and
    local.get $v18
    i64.const 1
    i64.eq
    select
    i64.const 1
    i64.and
    i64.const 8
    i64.shl
    i64.or
    i64.const 0xffffffffffffffbf
    i64.and
    local.get $v12
    i64.const 6
    i64.shl
    i64.or
    i64.store offset=9680
    i32.const 0
    i64.const 1
    i64.store offset=264
    i32.const 0
    i64.const 0
    i64.store offset=9672
    i32.const 0
    i64.const 0
    i64.store offset=296
    i32.const 0
    i64.load offset=408
    i64.const 0xfffffffffffffffc
    i64.and
    local.set $v22
    i32.const 0
    local.get $v22
    local.get $cause
    i64.const 2
    i64.shl
    i64.add
    local.get $v22
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
    local.set $v23
    i32.const 0
    i64.load offset=9672
    local.set $v24
    i32.const 0
    i64.load offset=256
    local.set $v25
    i32.const 0
    i64.load offset=304
    local.set $v26
    i32.const 0
    local.get $v25
    i64.store offset=384
    i32.const 0
    local.get $cause
    i64.store offset=392
    i32.const 0
    local.get $v3
    i64.store offset=400
    i32.const 0
    local.get $v14
    i64.store offset=9760
    i32.const 0
    local.get $v16
    i64.store offset=9768
    i32.const 0
    local.get $v26
    i64.const 0xffffffffffffff7f
    i64.and
    local.get $v26
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
    local.get $v23
    i64.const 11
    i64.shl
    i64.or
    i64.const 0xffffff7fffffffff
    i64.and
    local.get $v24
    i64.const 39
    i64.shl
    i64.or
    i64.const 0xffffffbfffffffff
    i64.and
    local.get $v12
    i64.const 38
    i64.shl
    i64.or
    i64.store offset=304
    i32.const 0
    i64.const 3
    i64.store offset=264
    i32.const 0
    i64.const 0
    i64.store offset=9672
    i32.const 0
    i64.const 0
    i64.store offset=296
    i32.const 0
    i64.load offset=352
    i64.const 0xfffffffffffffffc
    i64.and
    local.set $v27
    i32.const 0
    local.get $v27
    local.get $cause
    i64.const 2
    i64.shl
    i64.add
    local.get $v27
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
