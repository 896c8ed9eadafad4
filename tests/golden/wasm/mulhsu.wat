(func $insn52 (export "insn52") (param $rs2 i64) (param $rs1 i64) (param $rd i64) (param $pc i64) (param $next_pc i64) (param $word i64) (result i32 i64)
  (local $to i64)
  local.get $next_pc
  local.set $to
  local.get $rd
  i64.eqz
  i32.eqz
  if
    local.get $rd
    i32.wrap_i64
    i32.const 3
    i32.shl
    local.get $rs1
    i32.wrap_i64
    i32.const 3
    i32.shl
    i64.load
    local.get $rs2
    i32.wrap_i64
    i32.const 3
    i32.shl
    i64.load
    call $mulhsu
    i64.store
  end
  i32.const 0
  local.get $to)
