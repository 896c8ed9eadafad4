(func $tlb_flush_page (export "tlb_flush_page") (param $va i64)
  (local $v0 i64)
  i32.const 0
  i64.load offset=1128
  i64.const 0
  i64.ne
  if
    call $tlb_flush
    return
  end
  i32.const 0
  i32.const 0
  i64.load offset=9344
  i64.const 1
  i64.add
  i64.store offset=9344
  local.get $va
  i64.const 12
  i64.shr_u
  i64.const 255
  i64.and
  local.tee $v0
  i32.wrap_i64
  i32.const 3
  i32.shl
  i64.load offset=1136
  local.get $va
  i64.const 0xfffffffffffff000
  i64.and
  i64.const 1
  i64.or
  i64.eq
  if
    local.get $v0
    i32.wrap_i64
    i32.const 3
    i32.shl
    i64.const 0
    i64.store offset=1136
  end)
